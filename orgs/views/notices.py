"""The messages of the person who is signed in."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from orgs import notices
from orgs.models import Notice
from orgs.numbers import is_key
from orgs.paging import keyset_page


@require_GET
def notice_list(request):
    rows = Notice.objects.visible_to(request.user)
    only_unread = request.GET.get("unread") == "1"
    shown = rows.unread() if only_unread else rows
    page = keyset_page(shown, request.GET, sorts={"time": "created_at"}, default="-time", per_page=30)
    # Those that arrive while the page is read stay unread.
    newest = rows.order_by("-pk").values_list("pk", flat=True).first()
    context = {"page": page, "newest": newest, "only_unread": only_unread}
    return render(request, "orgs/notice_list.html", context)


@require_POST
def notice_open(request, pk):
    """Leads to what the message is about; from then on it is read."""
    notice = _read(request, pk)
    return redirect(notice.url)


@require_POST
def notice_read(request, pk):
    _read(request, pk)
    return redirect("orgs:notice-list")


def _read(request, pk) -> Notice:
    own = Notice.objects.visible_to(request.user)
    notice = get_object_or_404(own, pk=pk)
    notices.read(own.filter(pk=pk))
    return notice


@require_POST
def notice_read_all(request):
    """Up to the newest that the page showed."""
    newest = request.POST.get("newest", "")
    if is_key(newest):
        count = notices.read(Notice.objects.visible_to(request.user).filter(pk__lte=int(newest)))
        messages.success(request, f"已将{count}条消息标为已读。")
    return redirect("orgs:notice-list")
