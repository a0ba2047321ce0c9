"""What `tests/access_table.py` demands of the addresses of members, part by part.

Members are read by the officer, the secretary, the leader, the delegate and the top's officer; never by administrators
(三员分立). The member M of the world sees the own record, which is not `keys["member"]`.
"""

from tests.access_routes import Route, form, page, row

READ_MEMBERS = "OSLDT"
CHANGE_MEMBERS = "OSDT/L"
EXPORT_MEMBERS = "OT"
REVEAL_MEMBERS = "OSDT/L"

REGISTER: dict[str, Route] = {
    "members:member-list": page(READ_MEMBERS),
    "members:member-lookup": page(READ_MEMBERS, READ_MEMBERS),
    "members:member-new": page(CHANGE_MEMBERS, CHANGE_MEMBERS),
    "members:member-export": page(EXPORT_MEMBERS, EXPORT_MEMBERS),
    "members:composition": page(READ_MEMBERS),
    "members:composition-file": page(READ_MEMBERS),
    "members:member": row("member", READ_MEMBERS),
    "members:member-edit": form("member", CHANGE_MEMBERS),
    "members:member-reveal": row("member", post=REVEAL_MEMBERS),
    "members:member-verify": row("member", post=CHANGE_MEMBERS),
}
RECRUITING: dict[str, Route] = {}
TRANSFERS: dict[str, Route] = {}
DUES: dict[str, Route] = {}
LEADING: dict[str, Route] = {}
OWN: dict[str, Route] = {}
API: dict[str, Route] = {}

ROUTES = {**REGISTER, **RECRUITING, **TRANSFERS, **DUES, **LEADING, **OWN, **API}
