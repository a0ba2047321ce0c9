"""党员参与情况: who took part in a period, and who never did."""

from django.views.decorators.http import require_GET

from activities import access
from activities.participation import with_participation
from activities.participation_filters import ParticipationFilter
from members.models import Member
from orgs.access import require
from orgs.paging import keyset_page
from orgs.views.pages import render_list


@require_GET
def participation_list(request):
    user = request.user
    require(access.can_view_activities(user))
    rows = Member.objects.listed_to(user, "activities.view").in_register()
    filterset = ParticipationFilter(request.GET, queryset=rows, request=request)
    since, until = filterset.period
    shown = filterset.qs.select_related("organisation").defer("identity_number", "mobile")
    page = keyset_page(
        with_participation(shown, since, until), request.GET, sorts={"name": "pinyin"}, default="name"
    )
    context = {
        "section": "participation",
        "filterset": filterset,
        "since": since,
        "until": until,
        "page": page,
        "figures": filterset.figures_at_once(),
    }
    return render_list(request, "activities/participation_list.html", context)
