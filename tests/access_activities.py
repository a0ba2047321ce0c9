"""What `tests/access_table.py` demands of the addresses of activities, part by part.

Activities are read by the officer, the secretary, the leader, the delegate and the top's officer. The body above the
branch reviews: not its secretary.
"""

from tests.access_routes import ALL, Route, form, methods, page, row

READ_ACTIVITIES = "OSLDT"
RECORD = "OSDT"
CHANGE_ACTIVITIES = "OSDT/L"
REVIEW = "ODT/SL"
EXPORT_ACTIVITIES = "OT"
OF_ORGANISATION = "OSLDT/AP"  # administrators see organisations and none of their activities

RECORDS: dict[str, Route] = {
    "activities:activity-list": page(READ_ACTIVITIES),
    "activities:activity-export": page(EXPORT_ACTIVITIES, EXPORT_ACTIVITIES),
    "activities:activity-archive-many": page(post=RECORD),
    "activities:record": page(RECORD, RECORD),
    "activities:record-roll": page(post=RECORD),
    "activities:activity-plan": page(RECORD, RECORD),
    "activities:activity": row("activity", READ_ACTIVITIES),
    "activities:activity-edit": form("activity", CHANGE_ACTIVITIES),
    "activities:activity-hold": form("activity", CHANGE_ACTIVITIES),
    **{
        f"activities:activity-{act}": row("activity", post=CHANGE_ACTIVITIES)
        for act in ("notify", "submit", "cancel")
    },
    **{f"activities:activity-{act}": row("activity", post=REVIEW) for act in ("archive", "return", "reopen")},
    "activities:vote-add": row("activity", post=CHANGE_ACTIVITIES),
    "activities:vote-remove": row("vote", post=CHANGE_ACTIVITIES),
    "activities:resolution-add": row("activity", post=CHANGE_ACTIVITIES),
    "activities:resolution-close": row("resolution", post=CHANGE_ACTIVITIES),
    "activities:file-add": row("activity", post=CHANGE_ACTIVITIES),
    "activities:file": Route({"pk": "activity", "file": "activity_file"}, methods(READ_ACTIVITIES)),
    "activities:file-withdraw": Route(
        {"pk": "activity", "file": "activity_file"}, methods(post=CHANGE_ACTIVITIES)
    ),
    "activities:series-list": page(READ_ACTIVITIES),
    "activities:series-new": page(RECORD, RECORD),
    # A brand of the committee, which the branch below uses but does not change.
    "activities:series": row("series", READ_ACTIVITIES),
    "activities:series-edit": form("series", REVIEW),
}

OWN_ACTIVITIES = "MD"  # who holds the role member; the delegate's account has no record
DOOR: dict[str, Route] = {
    "activities:sign-in-desk": row("coming", CHANGE_ACTIVITIES),
    "activities:sign-in-panel": row("coming", CHANGE_ACTIVITIES),
    "activities:sign-in-image": row("coming", CHANGE_ACTIVITIES),
    "activities:sign-in-open": row("coming", post=CHANGE_ACTIVITIES),
    "activities:sign-in-close": row("coming", post=CHANGE_ACTIVITIES),
    "activities:signup-list": row("coming", CHANGE_ACTIVITIES),
    "activities:signup-offer": form("coming", CHANGE_ACTIVITIES),
    "activities:own-activities": page(OWN_ACTIVITIES),
    "activities:own-feed": page("M", "M"),
    "activities:own-signup": row("coming", post="M!"),
    "activities:own-withdraw": row("coming", post="M!"),
    "activities:organisation-feed": form("organisation", OF_ORGANISATION),
    # Known by secrets: of the wall, of the calendar program.
    "activities:sign-in": Route({"public_id": "desk"}, methods(ALL, ALL), shared=True, open=True),
    "activities:sign-in-code": Route(
        {"public_id": "desk", "code": "=x"}, methods(ALL), shared=True, open=True
    ),
    "activities:feed": Route({"token": "=x"}, methods(ALL), open=True),
}
PAPERS: dict[str, Route] = {
    "activities:minutes": row("activity", READ_ACTIVITIES),
    "activities:minutes-file": row("activity", READ_ACTIVITIES),
    "activities:sign-in-sheet": row("activity", CHANGE_ACTIVITIES),
    "activities:sign-in-sheet-file": row("activity", CHANGE_ACTIVITIES),
    "activities:record-book": row("organisation", OF_ORGANISATION),
}
API: dict[str, Route] = {
    "api:activity-list": page(READ_ACTIVITIES, RECORD),
    "api:activity-plan": page(post=RECORD),
    "api:activity-detail": row("activity", READ_ACTIVITIES, patch=CHANGE_ACTIVITIES),
    **{
        f"api:activity-{act}": row("activity", post=CHANGE_ACTIVITIES)
        for act in ("hold", "attendance", "notify", "submit", "cancel", "votes", "resolutions")
    },
    **{f"api:activity-{act}": row("activity", post=REVIEW) for act in ("archive", "return", "reopen")},
    "api:resolution-list": page(READ_ACTIVITIES),
    "api:resolution-detail": row("resolution", READ_ACTIVITIES),
    "api:resolution-close": row("resolution", post=CHANGE_ACTIVITIES),
    "api:activity-series-list": page(READ_ACTIVITIES),
    "api:activity-series-detail": row("series", READ_ACTIVITIES),
}

DUTIES: dict[str, Route] = {
    "activities:duties": page(READ_ACTIVITIES),
    "activities:duty-map": page(READ_ACTIVITIES),
    "activities:duty-list": page(READ_ACTIVITIES),
    "activities:duty-rates": page(READ_ACTIVITIES),
    "activities:duty-branch": row("organisation", READ_ACTIVITIES),
    "activities:appraisal-list": page(READ_ACTIVITIES),
    "activities:appraisal": row("appraisal", READ_ACTIVITIES),
    "activities:appraisal-edit": Route(
        {"pk": "organisation", "year": "year"}, methods(CHANGE_ACTIVITIES, CHANGE_ACTIVITIES)
    ),
    "api:duties": page(READ_ACTIVITIES),
    "api:duty-rates": page(READ_ACTIVITIES),
    "api:appraisal-list": page(READ_ACTIVITIES, RECORD),
    "api:appraisal-detail": row("appraisal", READ_ACTIVITIES),
}

ROUTES = {**DUTIES, **RECORDS, **DOOR, **PAPERS, **API}
