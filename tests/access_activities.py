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

IN_ACTIVITY = {"activity_pk": "activity", "public_id": "activity_file"}
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
    "activities:vote-withdraw": row("vote", post=CHANGE_ACTIVITIES),
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
TRAINING: dict[str, Route] = {
    "activities:training-list": page(READ_ACTIVITIES),
    "activities:participation-list": page(READ_ACTIVITIES),
    "activities:member-training": row("member", READ_ACTIVITIES),
    "activities:training-credit-new": Route({"pk": "organisation"}, methods("OSDT/L", "OSDT/L")),
    "activities:training-credit-withdraw": row("credit", post=CHANGE_ACTIVITIES),
    "api:training-credit-list": page(READ_ACTIVITIES, RECORD),
    "api:training-credit-detail": row("credit", READ_ACTIVITIES),
    "api:training-credit-withdraw": row("credit", post=CHANGE_ACTIVITIES),
}
PAPERS: dict[str, Route] = {
    "activities:minutes": row("activity", READ_ACTIVITIES),
    "activities:minutes-file": row("activity", CHANGE_ACTIVITIES),
    "activities:sign-in-sheet": row("activity", CHANGE_ACTIVITIES),
    "activities:sign-in-sheet-file": row("activity", CHANGE_ACTIVITIES),
    "activities:roll-list": form("activity", CHANGE_ACTIVITIES),
    "activities:roll-list-save": row("activity", post=CHANGE_ACTIVITIES),
    "activities:roll-list-sample": row("activity", post=CHANGE_ACTIVITIES),
    "activities:record-book": form("organisation", "OSDT/LAP"),
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
    "api:activity-file-list": Route({"activity_pk": "activity"}, methods(READ_ACTIVITIES, CHANGE_ACTIVITIES)),
    "api:activity-file-file": Route(IN_ACTIVITY, methods(READ_ACTIVITIES)),
    "api:activity-file-withdraw": Route(IN_ACTIVITY, methods(post=CHANGE_ACTIVITIES)),
    "api:activity-sign-up-list": Route(
        {"activity_pk": "coming"}, methods(CHANGE_ACTIVITIES, CHANGE_ACTIVITIES)
    ),
    "api:activity-sign-up-offer": Route({"activity_pk": "coming"}, methods(post=CHANGE_ACTIVITIES)),
    "api:activity-sign-up-withdraw": Route(
        {"activity_pk": "coming", "pk": "sign_up"}, methods(post=CHANGE_ACTIVITIES)
    ),
    "api:activity-sign-in-desk": row("coming", CHANGE_ACTIVITIES),
    "api:activity-sign-in-desk-open": row("coming", post=CHANGE_ACTIVITIES),
    "api:activity-sign-in-desk-close": row("coming", post=CHANGE_ACTIVITIES),
    "api:own-activity-list": page("M"),
    "api:own-activity-sign-up": row("coming", post="M!"),
    "api:own-activity-withdraw": row("coming", post="M!"),
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

# A station of the committee that is no longer in use: one in use would be seen by all who record below the same top.
KEEP_VENUE = "ODT/L"
VENUES: dict[str, Route] = {
    "activities:venue-list": page(READ_ACTIVITIES),
    "activities:venue-new": page(RECORD, RECORD),
    "activities:venue": row("venue", "OLDT"),
    "activities:venue-rota": row("venue", "OLDT"),
    **{f"activities:venue-{act}": form("venue", KEEP_VENUE) for act in ("edit", "hours", "days", "close")},
    "activities:venue-keep": row("venue", post=KEEP_VENUE),
    "activities:venue-day-remove": row("venue_day", post=KEEP_VENUE),
    "activities:shift-new": form("venue", KEEP_VENUE),
    "activities:shift-edit": form("shift", KEEP_VENUE),
    "activities:shift-end": row("shift", post=KEEP_VENUE),
    "activities:venue-calendar": row("venue", "OLDT"),
    "activities:venue-use": page(READ_ACTIVITIES),
    "activities:venue-months": row("venue", "OLDT"),
    "activities:venue-walking": page(READ_ACTIVITIES),
    "activities:venue-walking-list": page(READ_ACTIVITIES),
    "activities:booking-new": form("venue", KEEP_VENUE),
    "activities:activity-venues": row("coming", CHANGE_ACTIVITIES),
    # Of the branch, at the committee's station.
    "activities:booking-list": page(READ_ACTIVITIES),
    "activities:booking": row("booking", READ_ACTIVITIES),
    "activities:booking-edit": form("booking", CHANGE_ACTIVITIES),
    "activities:booking-cancel": row("booking", post=CHANGE_ACTIVITIES),
    **{f"activities:booking-{act}": row("booking", post=REVIEW) for act in ("confirm", "decline")},
    "api:venue-booking-list": page(READ_ACTIVITIES, RECORD),
    "api:venue-booking-detail": row("booking", READ_ACTIVITIES),
    "api:venue-booking-cancel": row("booking", post=CHANGE_ACTIVITIES),
    **{f"api:venue-booking-{act}": row("booking", post=REVIEW) for act in ("confirm", "decline")},
    "api:venue-list": page(READ_ACTIVITIES),
    "api:venue-detail": row("venue", "OLDT"),
}

STUDIES: dict[str, Route] = {
    "activities:study-list": page(READ_ACTIVITIES),
    "activities:study-new": page(RECORD, RECORD),
    "activities:study": row("study", READ_ACTIVITIES),
    "activities:study-edit": form("study", CHANGE_ACTIVITIES),
    "activities:study-item-new": row("study", post=CHANGE_ACTIVITIES),
    "activities:study-item-withdraw": row("study_item", post=CHANGE_ACTIVITIES),
    **{f"activities:study-{act}": row("study", post=CHANGE_ACTIVITIES) for act in ("publish", "withdraw")},
    "activities:study-branch": Route({"pk": "study", "branch": "organisation"}, methods(READ_ACTIVITIES)),
    "activities:study-mark": Route(
        {"pk": "study", "branch": "organisation"}, methods(CHANGE_ACTIVITIES, CHANGE_ACTIVITIES)
    ),
    "activities:own-studies": page(OWN_ACTIVITIES),
    "activities:own-study-mark": row("study_item", post="M!"),
    "activities:own-study-take-back": row("study_item", post="M!"),
    "activities:study-unmark": Route(
        {"pk": "study_item", "member": "member"}, methods(post=CHANGE_ACTIVITIES)
    ),
    "api:study-list-take-back": row("study", post=CHANGE_ACTIVITIES),
    "api:study-list-list": page(READ_ACTIVITIES),
    "api:study-list-detail": row("study", READ_ACTIVITIES),
    "api:study-list-progress": row("study", READ_ACTIVITIES),
    "api:study-list-marks": row("study", post=CHANGE_ACTIVITIES),
}

SERVICES: dict[str, Route] = {
    "activities:service-list": page(READ_ACTIVITIES),
    "activities:service-export": page(EXPORT_ACTIVITIES, EXPORT_ACTIVITIES),
    "activities:service-new": page(RECORD, RECORD),
    "activities:service": row("service_record", READ_ACTIVITIES),
    "activities:service-edit": form("service_record", CHANGE_ACTIVITIES),
    "activities:service-withdraw": row("service_record", post=CHANGE_ACTIVITIES),
    "api:service-record-list": page(READ_ACTIVITIES, RECORD),
    "api:service-record-detail": row("service_record", READ_ACTIVITIES),
    "api:service-record-withdraw": row("service_record", post=CHANGE_ACTIVITIES),
}

ROUTES = {**DUTIES, **RECORDS, **DOOR, **TRAINING, **PAPERS, **VENUES, **STUDIES, **SERVICES, **API}
