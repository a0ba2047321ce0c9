"""What `tests/access_table.py` demands of the addresses of activities, part by part.

As of members: read by the officer, the secretary, the leader, the delegate and the top's officer; never by
administrators (三员分立).
"""

from tests.access_routes import Route, methods, page, row

READ = "OSLDT"
CHANGE = "OSDT/L"

DUTIES: dict[str, Route] = {
    "activities:duties": page(READ),
    "activities:duty-map": page(READ),
    "activities:duty-list": page(READ),
    "activities:duty-rates": page(READ),
    "activities:duty-branch": row("organisation", READ),
    "activities:appraisal-list": page(READ),
    "activities:appraisal": row("appraisal", READ),
    "activities:appraisal-edit": Route({"pk": "organisation", "year": "year"}, methods(CHANGE, CHANGE)),
    "api:duties": page(READ),
    "api:duty-rates": page(READ),
    "api:appraisal-list": page(READ, "OSDT"),
    "api:appraisal-detail": row("appraisal", READ),
}

ROUTES = {**DUTIES}
