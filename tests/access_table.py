"""Which role gets what from which address: the demands of `tests/test_access_walk.py`.

People are letters, see `tests/access_world.py`. A right is written “who may / who sees the row but may not”; all
others do not find the row (404) or, where an address names none, are refused (403). A final “!” says that the right
is asked before the row is looked for: all others get 403. “?” finds nothing for anybody.
"""

from dataclasses import dataclass

ALL = "AUOSLCMDTP"
READ = "AOSLDTP"
CHANGE = "AODTP/SL"
UNIT = "AODTP/SLC"  # enterprises, which their contacts see too
WORK = "OSDT/ALPC"
REVEAL = "OSDT/ALP"
TOP = "TP/AOSLD"
IMPORT = "AODTP"
MY_RUN = "OTP"  # a run of the area's officer: theirs, and of whoever keeps the whole register
ACCOUNTS = "AP!"
EXPORT = "AOTP"
OFFICER = "O"  # what belongs to the officer personally


@dataclass(frozen=True)
class Route:
    """`names` are the words of the address; one that begins with “=” is meant as it stands, others name a row.

    `shared` rows belong to nobody's area; `open` pages answer people who are not signed in.
    """

    names: dict[str, str]
    methods: dict[str, str]
    shared: bool = False
    open: bool = False

    @property
    def has_row(self) -> bool:
        return any(not key.startswith("=") for key in self.names.values())


def page(get="", post="", **more) -> Route:
    return Route({}, _methods(get, post), **more)


def row(key, get="", post="", patch="", **more) -> Route:
    return Route({"pk": key}, _methods(get, post, patch), **more)


def form(key, right) -> Route:
    """A page with a form about one row."""
    return row(key, right, right)


def _methods(get="", post="", patch=""):
    return {name: right for name, right in (("GET", get), ("POST", post), ("PATCH", patch)) if right}


PORTAL = {
    "portal:home": page(ALL),
    "portal:dashboard": page(READ),
    "portal:measure-list": page(READ),
    "portal:my-account": page(ALL),
    "portal:search": page(ALL),
    "portal:saved-filter-save": page(post=ALL),
    "portal:saved-filter-delete": row("saved_filter", post=OFFICER),
    "portal:livez": page(ALL, open=True),
    "portal:readyz": page(ALL, open=True),
    "portal:robots": page(ALL, open=True),
}
ORGANISATIONS = {
    "orgs:organisation-list": page(READ),
    "orgs:organisation-tree": page(READ),
    "orgs:term-list": page(READ),
    "orgs:organisation": row("organisation", READ),
    "orgs:organisation-children": row("organisation", READ),
    "orgs:organisation-reveal": row("organisation", post=REVEAL),
    "orgs:organisation-found": form("organisation", CHANGE),
    "orgs:organisation-edit": form("organisation", CHANGE),
    "orgs:organisation-move": form("organisation", CHANGE),
    "orgs:organisation-dissolve": form("organisation", CHANGE),
    "orgs:organisation-election": form("organisation", CHANGE),
    "orgs:organisation-extension": form("organisation", CHANGE),
    # The temporary branch stands beside the secretary's own.
    "orgs:organisation-task-end": form("temporary", "AODTP/L"),
    "orgs:organisation-appoint": form("organisation", CHANGE),
    "orgs:organisation-functional": form("organisation", CHANGE),
    "orgs:post-end": form("post", CHANGE),
    "orgs:functional-end": form("link", CHANGE),
    "orgs:park-list": page(READ),
    "orgs:park-new": page("TP", "TP"),
    "orgs:park": row("park", READ),
    "orgs:park-edit": form("park", TOP),
    "orgs:park-alias-add": row("park", post=TOP),
    "orgs:park-alias-remove": row("alias", post=TOP),
    "orgs:place-list": page("TP"),
    "orgs:place-new": Route({"kind": "=area"}, _methods("TP", "TP")),
    "orgs:place-edit": Route({"kind": "=area", "pk": "area"}, _methods("TP!", "TP!")),
}
ENTERPRISES = {
    "orgs:enterprise-list": page(READ + "C"),
    "orgs:enterprise-export": page(EXPORT, EXPORT),
    "orgs:enterprise-create": page(IMPORT, IMPORT),
    "orgs:enterprise": row("enterprise", READ + "C"),
    "orgs:enterprise-edit": form("enterprise", UNIT),
    "orgs:enterprise-flag": row("enterprise", post=UNIT),
    "orgs:enterprise-reveal": row("enterprise", post=WORK),
    "orgs:enterprise-founding": row("enterprise", post=WORK),
    "orgs:enterprise-not-founded": row("enterprise", post=WORK),
    "orgs:coverage-create": form("enterprise", WORK),
    "orgs:visit-create": form("enterprise", WORK),
    "orgs:survey-task-create": row("enterprise", post=WORK),
    "orgs:should-found": page(READ),
    "orgs:coverage-list": page(READ),
    "orgs:coverage-export": page(EXPORT, EXPORT),
    "orgs:coverage-assign": page(post="OSDT"),
    "orgs:coverage-end": form("coverage", WORK),
    "orgs:instructor-list": page(READ),
    "orgs:survey-round-list": page(READ),
    "orgs:survey-round": row("round", READ + "!", shared=True),
    "orgs:survey-complete": row("round", post="OSDT!", shared=True),
    "orgs:survey-task": row("task", READ, REVEAL),
    "orgs:survey-task-reopen": row("task", post=REVEAL),
    "orgs:survey-task-cancel": row("task", post=REVEAL),
    "orgs:survey-task-reassign": row("task", post=REVEAL),
}
PEOPLE = {
    "orgs:account-list": page("AP"),
    "orgs:account-create": page("AP", "AP"),
    "orgs:account": row("account", ACCOUNTS),
    "orgs:appointment-create": form("account", ACCOUNTS),
    "orgs:account-set-active": row("account", post=ACCOUNTS),
    "orgs:account-invite": row("account", post=ACCOUNTS),
    "orgs:account-end-sessions": row("account", post=ACCOUNTS),
    "orgs:account-reset-second-factor": row("account", post=ACCOUNTS),
    "orgs:appointment-end": form("appointment", ACCOUNTS),
    "orgs:invitation": Route({"uidb64": "=x", "token": "=x"}, _methods(ALL, ALL), open=True),
    "orgs:who-can-see": Route({"kind": "=enterprise", "pk": "enterprise"}, _methods("AODTP/SLC")),
    "orgs:delegation-list": page(ALL, "OST"),
    "orgs:delegation-end": row("lent", post=OFFICER),
    "orgs:token-list": page(ALL, ALL),
    "orgs:token-revoke": Route({"key": "token"}, _methods(post=OFFICER)),
    "orgs:setting-list": page("P"),
    "orgs:setting": Route({"code": "=survey_days"}, _methods("P", "P")),
    "orgs:setting-delete": row("setting_row", post="P!", shared=True),
    "orgs:audit-list": page("U"),
    "orgs:organisation-options": page(ALL),
    "orgs:enterprise-options": page(ALL),
    "orgs:account-options": page(ALL),
}
IMPORTS = {
    "imports:run-list": page(IMPORT),
    "imports:upload": page(IMPORT, IMPORT),
    "imports:template": Route({"kind": "=coverage"}, _methods(IMPORT)),
    "imports:run": row("run", MY_RUN),
    "imports:run-progress": row("run", MY_RUN),
    "imports:run-columns": form("run", MY_RUN),
    "imports:run-options": row("run", post=MY_RUN),
    "imports:run-select": row("run", post=MY_RUN),
    "imports:run-row": Route({"pk": "run", "row_pk": "row"}, _methods(MY_RUN, MY_RUN)),
    "imports:run-row-keep": Route({"pk": "run", "row_pk": "row"}, _methods(post=MY_RUN)),
    "imports:run-errors": row("run", MY_RUN),
    "imports:run-apply": row("run", post=MY_RUN),
    "imports:run-retry": row("run", post=MY_RUN),
    "imports:run-discard": row("run", post=MY_RUN),
    "imports:run-undo": form("run", MY_RUN),
}
API = {
    "api:organisation-list": page(READ),
    "api:organisation-detail": row("organisation", READ, patch=CHANGE),
    "api:organisation-children": row("organisation", READ, CHANGE),
    "api:organisation-move": row("organisation", post=CHANGE),
    "api:organisation-reveal": row("organisation", post=REVEAL),
    "api:area-list": page(READ + "C"),
    "api:area-detail": row("area", READ + "C"),
    "api:park-list": page(READ),
    "api:park-detail": row("park", READ),
    "api:cluster-list": page(READ + "C"),
    "api:cluster-detail": row("cluster", READ + "C", shared=True),
    "api:chain-list": page(READ + "C"),
    "api:chain-detail": row("chain", READ + "C", shared=True),
    "api:enterprise-list": page(READ + "C", IMPORT),
    "api:enterprise-detail": row("enterprise", READ + "C", patch=UNIT),
    "api:enterprise-cover": row("enterprise", post=WORK),
    "api:enterprise-reveal": row("enterprise", post=WORK),
    "api:enterprise-visit": row("enterprise", post=WORK),
    "api:should-found-list": page(READ),
    "api:coverage-list": page(READ),
    "api:coverage-detail": row("coverage", READ),
    "api:coverage-end": row("coverage", post=REVEAL),
    "api:visit-list": page(READ),
    "api:visit-detail": row("visit", READ),
    "api:survey-round-list": page(READ),
    "api:survey-round-detail": row("round", READ, shared=True),
    "api:survey-task-list": page(READ),
    "api:survey-task-detail": row("task", READ),
    "api:survey-task-complete": row("task", post=REVEAL),
    "api:import-run-list": page(IMPORT, IMPORT),
    "api:import-run-detail": row("run", MY_RUN),
    "api:import-run-apply": row("run", post=MY_RUN),
    "api:import-run-undo": row("run", post=MY_RUN),
    "api:import-row-list": Route({"run_pk": "run"}, _methods(MY_RUN)),
    "api:job-list": page(ALL),
    "api:job-detail": row("job", OFFICER),
    "api:measures": page(READ),
    "api:me": page(ALL),
    "api:docs": page(ALL),
    "api:schema": page(ALL),
    "api:nothing": page("?", "?"),
}
SIGN_IN = {
    **dict.fromkeys(
        ("account_login", "account_signup", "account_logout"),
        page(ALL, ALL, open=True),
    ),
    **dict.fromkeys(
        ("account_inactive", "account_reset_password", "account_reset_password_done"),
        page(ALL, open=True),
    ),
    "account_reset_password_from_key_done": page(ALL, open=True),
    "account_reset_password_from_key": Route({"uidb36": "=x", "key": "=x"}, _methods(ALL, ALL), open=True),
    **dict.fromkeys(
        (
            "account_reauthenticate",
            "account_change_password",
            "mfa_authenticate",
            "mfa_reauthenticate",
            "mfa_activate_totp",
            "mfa_generate_recovery_codes",
            "usersessions_list",
        ),
        page(ALL, ALL),
    ),
    "mfa_index": page(ALL),
    # Nobody of the world has a second factor to take off or codes to look at.
    **dict.fromkeys(
        ("mfa_deactivate_totp", "mfa_download_recovery_codes"),
        page("?", "?"),
    ),
    "mfa_view_recovery_codes": page("?"),
}
ROUTES: dict[str, Route] = PORTAL | ORGANISATIONS | ENTERPRISES | PEOPLE | IMPORTS | API | SIGN_IN

# Celery tasks: on whose behalf each works. They take ids only and answer nobody.
TASKS = {
    "imports.tasks.run_job": "the job's owner: look-ups of a staged import go through visible_to(owner)",
    "imports.tasks.sweep_jobs": "nobody: sends ids again",
    "imports.tasks.expire_imports": "nobody: deletes what is too old",
    "orgs.tasks.seal_audit": "nobody: seals what is written",
}
