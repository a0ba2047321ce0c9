"""What `tests/access_table.py` demands of the addresses of members, part by part.

Members are read by the officer, the secretary, the leader, the delegate and the top's officer; never by administrators
(三员分立). The member M of the world sees the own record, which is not `keys["member"]`.
"""

from tests.access_routes import Route

READ_MEMBERS = "OSLDT"
CHANGE_MEMBERS = "OSDT/L"
EXPORT_MEMBERS = "OT"

REGISTER: dict[str, Route] = {}
RECRUITING: dict[str, Route] = {}
TRANSFERS: dict[str, Route] = {}
DUES: dict[str, Route] = {}
LEADING: dict[str, Route] = {}
OWN: dict[str, Route] = {}
API: dict[str, Route] = {}

ROUTES = {**REGISTER, **RECRUITING, **TRANSFERS, **DUES, **LEADING, **OWN, **API}
