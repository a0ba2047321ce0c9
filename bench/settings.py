"""portal.settings as a bench process uses them: production values, throw-away folders, no collected static files."""

import os

BENCH_VALUES = {
    "DEBUG": "0",
    "SECRET_KEY": "bench only, never deployed",
    "FIELD_KEYS": "bench:QmVuY2ggb25seSwgbmV2ZXIgZGVwbG95ZWQgLS0tLS0=",
    "INDEX_KEYS": "bench:QmVuY2ggb25seSwgbmV2ZXIgZGVwbG95ZWQgLS0tLS0=",
    "AUDIT_KEY": "bench only, never deployed",
    "ALLOWED_HOSTS": "testserver,127.0.0.1",
    "HTTPS": "0",
    "REQUIRE_MFA": "0",
    "LOG_LEVEL": "ERROR",
}
os.environ.update(BENCH_VALUES)

from portal.settings import *  # noqa: E402, F403

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
IMPORT_MAX_BYTES = 200 * 1024 * 1024

if os.environ.get("BENCH_STOCK"):
    # The alternative gets a bare Django around it: none of this portal's middleware slows it down.
    ROOT_URLCONF = "bench.stock"
    MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "allauth.account.middleware.AccountMiddleware",
    ]
    for template in TEMPLATES:  # noqa: F405
        template["OPTIONS"]["context_processors"].remove("portal.context.portal")
