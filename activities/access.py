"""Predicates about activities: “may this person do that?”. Which ones one sees is `Activity.objects.visible_to`."""

from activities.models import ActivityState
from orgs.access import has, has_at

OF_REVIEW = ("archive", "return", "reopen")


def can_view_activities(user) -> bool:
    return has(user, "activities.view")


def can_change_activities(user) -> bool:
    """Somewhere; for the buttons that begin something."""
    return has(user, "activities.change")


def can_change_activities_at(user, organisation) -> bool:
    return has_at(user, "activities.change", organisation)


def can_view_activities_at(user, organisation) -> bool:
    return has_at(user, "activities.view", organisation)


def can_change_activity(user, activity) -> bool:
    return has_at(user, "activities.change", activity.organisation)


def can_review_activity(user, activity) -> bool:
    """Archiving, sending back and reopening are the superior body's; a top organisation reviews its own.

    Source: 支部工作条例: the record is inspected from above (design of the archive: docs/decisions.md).
    """
    return can_review_at(user, activity.organisation)


def can_take(user, activity, act: str) -> bool:
    """Whether `act` is the person's at all, in whatever state the record is; the state is the action's to judge."""
    return (can_review_activity if act in OF_REVIEW else can_change_activity)(user, activity)


def can_read_file(user, file) -> bool:
    """Whoever sees the record; what was withdrawn, the body that reviews it."""
    return file.withdrawn_at is None or can_review_activity(user, file.activity)


def can_change_series(user, series) -> bool:
    return has_at(user, "activities.change", series.organisation)


def can_change_study(user, study_list) -> bool:
    return has_at(user, "activities.change", study_list.organisation)


def can_change_service(user, service) -> bool:
    return has_at(user, "activities.change", service.organisation)


def can_review_at(user, organisation) -> bool:
    if not user.is_authenticated or user.sees_everything:
        return user.is_authenticated
    above = organisation.parent_path or organisation.path
    held = user.permission_paths.get("activities.change", ())
    return any(above.startswith(path) for path in held)


def can_export_activities(user) -> bool:
    return has(user, "export") and has(user, "activities.view")


def acts_open_to(user, activity) -> set[str]:
    """What the person may do with the record in its present state; names of `activities.actions.activities`."""
    state, found = activity.state, set()
    if can_change_activity(user, activity):
        found |= {
            ActivityState.PLANNED: {"change", "notify", "hold", "cancel"},
            ActivityState.NOTIFIED: {"change", "hold", "cancel"},
            ActivityState.HELD: {"change", "submit", "cancel"},
        }.get(state, set())
    if can_review_activity(user, activity):
        found |= {
            ActivityState.REVIEW: {"archive", "return"},
            ActivityState.ARCHIVED: {"reopen"},
        }.get(state, set())
    return found


def can_view_appraisals(user) -> bool:
    """Somewhere. Grades are findings about people: they ask for both rights."""
    return can_view_activities(user) and has(user, "members.view")


def can_view_appraisals_at(user, organisation) -> bool:
    return has_at(user, "activities.view", organisation) and has_at(user, "members.view", organisation)


def can_appraise_at(user, organisation) -> bool:
    return can_view_appraisals_at(user, organisation) and can_change_activities_at(user, organisation)


def can_view_venues(user) -> bool:
    """Somewhere; which ones one sees is `Venue.objects.visible_to`."""
    return has(user, "activities.view")


def can_change_venue(user, venue) -> bool:
    """Its particulars, opening times and rota: the managing organisation's, and of those above it."""
    return has_at(user, "activities.change", venue.organisation)


def can_book(user) -> bool:
    """Somewhere; for whom one books is `entry_points.places`."""
    return has(user, "activities.change")


def can_change_booking(user, booking) -> bool:
    """Move or cancel: whoever may book for the organisation."""
    return has_at(user, "activities.change", booking.organisation)


def can_cancel_booking(user, booking) -> bool:
    """Also the station's keepers, who may need the room."""
    return can_change_booking(user, booking) or can_decide_booking(user, booking)


def can_decide_booking(user, booking) -> bool:
    """Confirm or decline: the station's keepers."""
    return can_change_venue(user, booking.venue)


def menu(user) -> dict[str, bool]:
    """Entries of the side bar that concern activities."""
    return {"activities": can_view_activities(user)}
