"""榜单: the page and the file."""

import datetime as dt

from django import forms
from django.utils import timezone
from django.utils.functional import cached_property
from django.views.decorators.http import require_http_methods, require_safe

from orgs import access
from orgs.exports import Column, export_response
from orgs.forms.lookups import option_text, organisation_field
from orgs.forms.styled import StyledForm
from orgs.kinds import OrganisationKind
from orgs.models import Organisation
from orgs.views.pages import export_page, render_list
from portal import snapshots
from portal.dashboards import default_organisation
from portal.leaderboards import BOARDS, LEVELS, Leaderboard, at_level, days, standings

SECTION = "leaderboards"
SHOWN = 300


class LeaderboardForm(StyledForm):
    """Without an organisation the person's own; without a day today."""

    organisation = organisation_field(required=False, help_text="")
    board = forms.ChoiceField(
        label="榜单", required=False, choices=[(board.code, board.title) for board in BOARDS.values()]
    )
    level = forms.TypedChoiceField(
        label="参评层级", required=False, coerce=int, choices=LEVELS, empty_value=1
    )
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *OrganisationKind.choices])
    on = forms.TypedChoiceField(label="截至", required=False, coerce=dt.date.fromisoformat, empty_value=None)

    def __init__(self, data, *, user):
        super().__init__(data)
        self.user = user
        self.fields["organisation"].queryset = Organisation.objects.visible_to(user)
        ends = days()[1:]
        self.fields["on"].choices = [("", "今天"), *((f"{day}", f"{day}") for day in ends)]
        self.own = default_organisation(user)
        if self.own:
            text = option_text(self.own.name, self.own.code)
            self.fields["organisation"].widget.attrs["placeholder"] = text

    @property
    def faults(self) -> list[str]:
        """As of a filter of a list, see `orgs.filters.ListFilter`."""
        return [
            f"“{self.fields[name].label}”：{' '.join(messages)}" for name, messages in self.errors.items()
        ]

    @property
    def chosen(self) -> dict:
        return self.cleaned_data if self.is_valid() else {}

    @property
    def organisation_chosen(self) -> Organisation | None:
        """None where a wrong one was asked for, or the person has none."""
        return None if self.errors else self.chosen["organisation"] or self.own

    def clean(self):
        cleaned = super().clean()
        organisation = cleaned.get("organisation") or self.own
        offered = [b for b in BOARDS.values() if organisation and b.may_be_seen(self.user, organisation)]
        self.fields["board"].choices = [(board.code, board.title) for board in offered]
        chosen = cleaned.get("board")
        if chosen and BOARDS[chosen] not in offered:
            self.add_error("board", "您没有查看这项数据的权限。")
        cleaned["board"] = BOARDS[chosen] if chosen else next(iter(offered), None)
        return cleaned

    @cached_property
    def leaderboard(self) -> Leaderboard:
        level = self.chosen["level"]
        return Leaderboard(
            self.chosen["board"],
            at_level(self.organisation_chosen, level, self.chosen["kind"]),
            self.chosen["on"] or timezone.localdate(),
        )

    @property
    def chosen_words(self) -> list[str]:
        board = self.leaderboard
        return [
            board.board.title,
            f"{self.organisation_chosen}{dict(LEVELS)[self.chosen['level']]}",
            f"截至{board.on}",
        ]


@require_safe
def leaderboards(request):
    """Those below an organisation ranked; and how it stands itself among its like, by every board."""
    access.require(access.can_view_statistics(request.user))
    form = LeaderboardForm(request.GET, user=request.user)
    context = {"section": SECTION, "form": form}
    organisation = form.organisation_chosen
    if organisation and form.chosen["board"]:
        board = form.leaderboard
        board.show_all = "all" in request.GET and access.can_change_organisation(request.user, organisation)
        context |= {
            "organisation": organisation,
            "leaderboard": board,
            "rows": board.shown[:SHOWN],
            "small": board.small[:SHOWN],
            "more": max(len(board.shown) - SHOWN, 0),
            "standings": standings(request.user, organisation, board.on),
            "reckoned": snapshots.reckoned_on(board.on),
            "may_show_all": access.can_change_organisation(request.user, organisation),
            "may_export": access.has_at(request.user, "export", organisation),
        }
    return render_list(request, "portal/leaderboards.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def leaderboard_export(request):
    """The board as it is shown: whom it does not name the file does not name either."""
    access.require(access.can_export(request.user) and access.can_view_statistics(request.user))
    form = LeaderboardForm(request.GET, user=request.user)
    organisation = form.organisation_chosen
    access.require(organisation is not None and access.has_at(request.user, "export", organisation))
    access.require(form.chosen["board"] is not None)
    return export_page(
        request,
        form,
        _export,
        section=SECTION,
        title="导出榜单",
        list_url="portal:leaderboards",
        note="只列公布的名次和未排名的组织。",
        count=len(form.leaderboard.shown) + len(form.leaderboard.small),
    )


def _export(*, request, filterset, count, file_format, purpose):
    board = filterset.leaderboard
    return export_response(
        request=request,
        name=board.board.title,
        columns=columns(board.board),
        rows=[*board.shown, *board.small],
        count=count,
        file_format=file_format,
        purpose=purpose,
        detail={"scope": filterset.chosen_words},
    )


def columns(board) -> list[Column]:
    counts = [
        Column("分子", lambda row: row.rate and row.rate.numerator, 10),
        Column("分母", lambda row: row.rate and row.rate.denominator, 10),
    ]
    return [
        Column("名次", lambda row: row.rank or "不排名", 8),
        Column("党组织", lambda row: row.organisation.name, 36),
        Column("党组织代码", lambda row: row.organisation.code, 14),
        Column(board.measure.name, lambda row: row.share, 14),
        *(counts if board.is_percent else []),
        *([Column(board.score_words, lambda row: row.score, 12)] if board.score_words else []),
        Column(f"基数（{board.cases_words}）", lambda row: row.cases, 14),
        Column("上月名次", lambda row: row.rank_before, 10),
    ]
