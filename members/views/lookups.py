"""Suggestions for fields in which a member is named."""

from django.shortcuts import render
from django.views.decorators.http import require_safe

from members.access import can_view_members
from members.filters import looks_like_number
from members.forms.fields import member_text
from members.models import Member
from orgs.access import require
from orgs.views.lookups import SHOWN, typed_text


@require_safe
def member_options(request):
    """Members in the register whom the person may read as staff."""
    require(can_view_members(request.user))
    text = typed_text(request)
    rows = Member.objects.permitted_to(request.user, "members.view").in_register()
    rows = rows.none() if looks_like_number(text) else rows.find(text)
    found = rows.select_related("organisation").only("name", "organisation__name").order_by("pinyin", "pk")
    return render(request, "orgs/_options.html", {"options": [member_text(row) for row in found[:SHOWN]]})
