"""People who lead: model posts, teams and experts, and the public roles of members."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from members import access
from orgs.access import require

SECTION = "people"


@require_GET
def overview(request):
    require(access.can_view_members(request.user))
    return render(request, "members/pioneers.html", {"section": SECTION})
