"""All settings, read from the environment. Production needs DEBUG=0, SECRET_KEY, FIELD_KEYS, INDEX_KEYS, AUDIT_KEY, ALLOWED_HOSTS."""

import base64
import hashlib
import sys
import tomllib
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
env = environ.Env()

DEBUG = env.bool("DEBUG", default=True)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)


def required(name: str, development_value: str) -> str:
    """The variable; with DEBUG a public development value may stand in, otherwise the start stops here."""
    value = env.str(name, default="")
    if not value and DEBUG:
        return development_value
    if not value or value == development_value:
        raise ImproperlyConfigured(f"{name} must be set to a value of its own when DEBUG=0.")
    return value


def development_key(purpose: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(f"development only: {purpose}".encode()).digest()).decode()


SECRET_KEY = required("SECRET_KEY", development_key("secret"))
# "id:base64key[,id:base64key]"; the first encrypts, all decrypt. See docs/security.md.
FIELD_KEYS = required("FIELD_KEYS", f"dev:{development_key('field')}")
# The same form; hashes by which encrypted values are looked for. Whoever holds one can try numbers out: never in a dump.
INDEX_KEYS = required("INDEX_KEYS", f"dev:{development_key('index')}")
AUDIT_KEY = required("AUDIT_KEY", development_key("audit"))
# The same form; seals backups, which must not lie beside the other keys. Empty: archives are not sealed.
BACKUP_KEYS = env.str("BACKUP_KEYS", default="")
# Where backups are kept and how old the newest may be: what `doctor` looks at.
BACKUP_DIR = env.str("BACKUP_DIR", default="")
BACKUP_HOURS = env.int("BACKUP_HOURS", default=26)
DISK_PERCENT = env.int("DISK_PERCENT", default=85)
CERTIFICATE_FILE = env.str("CERTIFICATE_FILE", default="")
# Where `manage.py metrics` listens: inside only.
METRICS_BIND = env.str("METRICS_BIND", default="127.0.0.1:9464")
ALLOWED_HOSTS = [h for h in required("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",") if h]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

PRODUCT_NAME = env.str("PRODUCT_NAME", default="园区党建")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "auditlog",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "import_export",
    "knox",
    "rest_framework",
    "template_partials",
    "treebeard",
    "imports",
    "orgs",
    "members",
    "activities",
    "linkages",
    "portal",
]

MIDDLEWARE = [
    "portal.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "orgs.middleware.LoginRequiredMiddleware",
    "orgs.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "auditlog.middleware.AuditlogMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "orgs.middleware.DeniedAccessMiddleware",
    "orgs.middleware.PrivateResponseMiddleware",
    "orgs.middleware.NotFoundMiddleware",
    "portal.middleware.RefreshMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.portal",
            ],
        },
    }
]

# --- Database: SQLite in var/ unless DATABASE_URL names another server -----------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000; "
            "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
        ),
    }
# A streaming replica that reports read from, see orgs.replica. It need not be there, the primary does all it does.
if env.str("DATABASE_REPLICA_URL", default=""):
    if IS_SQLITE:
        raise ImproperlyConfigured("DATABASE_REPLICA_URL needs a PostgreSQL server in DATABASE_URL.")
    DATABASES["replica"] = env.db("DATABASE_REPLICA_URL")
    DATABASE_ROUTERS = ["orgs.replica.Router"]
REPLICA_MAX_LAG_SECONDS = env.int("REPLICA_MAX_LAG_SECONDS", default=60)
for alias, server in {} if IS_SQLITE else DATABASES.items():
    server.setdefault("CONN_MAX_AGE", env.int("CONN_MAX_AGE", default=60))
    server["CONN_HEALTH_CHECKS"] = True
    server.setdefault("OPTIONS", {}).setdefault("connect_timeout", 2 if alias == "replica" else 5)
    # What web requests may take is shorter, see deploy/gunicorn.conf.py.
    # Compiling a statement pays for reports of minutes; here it would take a multiple of the statement itself.
    server["OPTIONS"].setdefault(
        "options", f"-c statement_timeout={env.int('STATEMENT_TIMEOUT_MS', default=1_800_000)} -c jit=off"
    )
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache, tasks ----------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            # One that hangs would else hold every thread of the web server for as long.
            "OPTIONS": {"socket_timeout": 5, "socket_connect_timeout": 5},
        }
    }
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "portal_cache"}
    }

CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_TASK_TIME_LIMIT = 3600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
if REDIS_URL:
    # Results are kept of what is done in parts alone (imports.spread), to know when all have ended.
    CELERY_BROKER_URL = CELERY_RESULT_BACKEND = REDIS_URL
    CELERY_RESULT_EXPIRES = 86400
    # Redelivery after a dead worker: the sweep of kombu must run often, and the timeout exceed the longest task.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3700,
        "unacked_restore_interval": 3,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
    }
else:
    QUEUE_DIR = VAR_DIR / "queue"
    for folder in ("messages", "processed", "control"):
        (QUEUE_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost//"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(QUEUE_DIR / "messages"),
        "data_folder_out": str(QUEUE_DIR / "messages"),
        "processed_folder": str(QUEUE_DIR / "processed"),
        "control_folder": str(QUEUE_DIR / "control"),
        "store_processed": False,
        "polling_interval": 0.3,
    }
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULER = "portal.beat:Scheduler"

# --- Accounts --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "orgs.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name", "email")},
    },
    {
        "NAME": "orgs.passwords.MinimumLengthValidator",
        "OPTIONS": {"min_length": env.int("PASSWORD_MIN_LENGTH", default=10)},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
ACCOUNT_ADAPTER = "orgs.adapters.AccountAdapter"
MFA_ADAPTER = "orgs.adapters.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# One office shares one address: the limit per account is the strict one.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "60/m/ip,5/15m/key",
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
    "manage_email": "10/h/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = PRODUCT_NAME
REQUIRE_MFA = env.bool("REQUIRE_MFA", default=not DEBUG)
USERSESSIONS_TRACK_ACTIVITY = True
INVITATION_DAYS = 7
PASSWORD_RESET_TIMEOUT = INVITATION_DAYS * 86400

SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=60)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
HTTPS = env.bool("HTTPS", default=not DEBUG)
if HTTPS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- Language, files, pages ------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = USE_TZ = True
USE_THOUSAND_SEPARATOR = False

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
TESTING = "pytest" in sys.modules
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = VAR_DIR / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_MB", default=30) * 1024 * 1024
# Attachments, see orgs.uploads. The scanner is clamd: "host:port" or "unix:/path"; unset means that nothing is scanned.
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", default=20) * 1024 * 1024
UPLOAD_BATCH_MAX_BYTES = 3 * UPLOAD_MAX_BYTES
UPLOAD_MAX_PIXELS = env.int("UPLOAD_MAX_MEGAPIXELS", default=60) * 1_000_000
UPLOAD_SCANNER = env.str("UPLOAD_SCANNER", default="")
UPLOAD_SCANNER_SECONDS = env.int("UPLOAD_SCANNER_SECONDS", default=30)
# Where events may be sent, see docs/webhooks.md: "host" or "host:port"; empty means nowhere. Networks that are not public
# must be named as well ("10.20.0.0/16"). Plain HTTP is for development alone.
WEBHOOK_HOSTS = env.list("WEBHOOK_HOSTS", default=[])
WEBHOOK_NETWORKS = env.list("WEBHOOK_NETWORKS", default=[])
WEBHOOK_PLAIN_HOSTS = env.list("WEBHOOK_PLAIN_HOSTS", default=[]) if DEBUG else []
# Where the robots of chat groups are, see docs/reminders.md; networks and plain hosts are those of webhooks.
ROBOT_HOSTS = env.list("ROBOT_HOSTS", default=["qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn"])
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
IMPORT_UNDO_DAYS = 30
# A running job without a sign of life for so long is taken to be dead and started again.
JOB_STALE_SECONDS = env.int("JOB_STALE_SECONDS", default=45)

CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
IMPORT_EXPORT_USE_TRANSACTIONS = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "orgs.api.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["orgs.api.base.DenyUnlessDeclared"],
    "DEFAULT_PAGINATION_CLASS": "orgs.api.base.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["orgs.api.filters.StrictFilterBackend"],
    "DEFAULT_PARSER_CLASSES": ["orgs.api.base.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_THROTTLE_CLASSES": ["orgs.api.base.ActThrottle"],
    # Per person, over all processes.
    "DEFAULT_THROTTLE_RATES": {"write": "120/min", "upload": "30/hour", "reveal": "60/hour"},
    "NUM_PROXIES": env.int("TRUSTED_PROXY_COUNT", default=0),
    "EXCEPTION_HANDLER": "orgs.api.errors.exception_handler",
    "PAGE_SIZE": 100,
}
REST_KNOX = {
    "TOKEN_TTL": None,
    "AUTO_REFRESH": False,
    "TOKEN_LIMIT_PER_USER": 10,
    "TOKEN_PREFIX": "yqdj_",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{PRODUCT_NAME} API",
    "DESCRIPTION": "与网页同一套数据范围、权限和办理规则。令牌在网页“我的令牌”中生成。",
    "VERSION": "1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrganisationKind": "orgs.kinds.OrganisationKind",
        "UnitKind": "orgs.models.UnitKind",
        "VisitKind": "orgs.models.VisitKind",
        "TaskState": "orgs.models.TaskState",
        "SurveyReason": "orgs.models.SurveyReason",
        "NotFoundedReason": "orgs.models.NotFoundedReason",
        "CaseStage": "members.models.CaseStage",
        "StepOutcome": "members.models.StepOutcome",
        "RunState": "imports.models.RunState",
        "JobState": "imports.models.JobState",
        "TermState": "orgs.terms.TermState",
        "Grade": "activities.models.Grade",
        "DutyState": "activities.duties.states.DutyState",
        "VenueKind": "activities.models.VenueKind",
        "OutcomeKind": "linkages.models.OutcomeKind",
        "BookingState": "activities.models.BookingState",
        "Membership": "members.choices.Membership",
        "Relation": "members.choices.Relation",
        "Education": "members.choices.Education",
        "Sex": "members.choices.Sex",
        "Precision": "members.choices.Precision",
        "TransferState": "members.models.TransferState",
        "EventKind": "members.choices.EventKind",
        "Closing": "members.choices.Closing",
        "AbsenceEnd": "members.models.AbsenceEnd",
        "AbsenceKind": "members.models.AbsenceKind",
        "DisposalKind": "members.models.DisposalKind",
        "DisposalStage": "members.models.DisposalStage",
        "DisposalState": "members.models.DisposalState",
        "CorrectionState": "members.models.CorrectionState",
        "SensitiveField": "members.actions.register.SENSITIVE",
        "CorrectionField": "members.models.CorrectionField",
        "SurveyResult": "orgs.actions.surveys.SurveyResult",
        "PairingKind": "members.models.PairingKind",
        "PairingResult": "members.models.PairingResult",
        "PairingContactMeans": "members.models.PairingContactMeans",
        "ConsentMeans": "members.models.ConsentMeans",
        "ServiceEnd": "members.models.leading.ServiceEnd",
        "LeadingKind": "members.models.leading.LeadingKind",
        "PaymentMethod": "members.dues.choices.PaymentMethod",
        "CoverageMethod": "orgs.models.CoverageMethod",
        "ActivityKind": "activities.kinds.Kind",
        "ActivityState": "activities.models.ActivityState",
        "AttendanceState": "activities.models.AttendanceState",
        "ServiceRecordKind": "activities.models.services.ServiceRecordKind",
        "ItemKind": "linkages.models.ItemKind",
        "ItemState": "linkages.list_states.ItemState",
        "ProjectState": "linkages.list_states.ProjectState",
        "ResultKind": "linkages.models.ResultKind",
        "ChallengeKind": "linkages.models.ChallengeKind",
        "ConferenceKind": "linkages.models.ConferenceKind",
        "AgreementState": "linkages.states.AgreementState",
        "PolicyKind": "linkages.models.PolicyKind",
        "PolicyResult": "linkages.models.PolicyResult",
        "RoleKind": "members.models.leading.RoleKind",
        "RoleEnd": "members.models.leading.RoleEnd",
        "SecondmentKind": "linkages.models.SecondmentKind",
        "ChallengeState": "linkages.models.ChallengeState",
        "OrderState": "linkages.models.OrderState",
        "PolicyState": "linkages.models.PolicyState",
        "CommitmentState": "linkages.models.CommitmentState",
        "SecondmentState": "linkages.models.SecondmentState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "orgs.api.schema.document_refusals",
    ],
}

AUDITLOG_INCLUDE_ALL_MODELS = False
AUDITLOG_MASK_CALLABLE = "orgs.fields.mask_completely"
# It would believe any X-Forwarded-For and store any correlation header; orgs.audit knows the trusted proxies.
AUDITLOG_DISABLE_REMOTE_ADDR = True
AUDITLOG_CID_HEADER = None

# Without a server letters are shown in the terminal, and in production nobody is offered any: see docs/reminders.md.
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT_SECONDS", default=10)
SENDS_MAIL = bool(EMAIL_URL) or DEBUG
# Where people open the portal: what links in letters and messages begin with.
_HOST = ALLOWED_HOSTS[0].lstrip(".")
PORTAL_URL = (
    env.str("PORTAL_URL", default="") or ("http://localhost:8000" if DEBUG else f"https://{_HOST}")
).rstrip("/")
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="") or f"portal@{_HOST}"

# "line" for people, "json" for a collector, which also gets a line for every request.
LOG_FORMAT = env.str("LOG_FORMAT", default="line")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "portal.logs.LineFormatter"},
        "json": {"()": "portal.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django's own handlers of these write past the formatters above.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
        "portal.request": {"level": "INFO" if LOG_FORMAT == "json" else "WARNING"},
    },
}
