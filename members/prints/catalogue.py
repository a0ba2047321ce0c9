"""Which prints a recruiting case has: by what its records say, never by one that was taken back."""

from collections.abc import Callable
from dataclasses import dataclass

from members.models import StepOutcome
from members.prints import course, forms, notices
from members.prints.dossier import Dossier
from orgs.paper import Paper

COURSE, NOTICES, FORMS = "工作进程", "公示和通知", "记录表"


def _never(dossier) -> bool:
    return False


@dataclass(frozen=True)
class Print:
    """`has` the case what it says? If not, `blank`: is it of use with its blanks to fill in by hand?"""

    slug: str
    name: str
    kind: str
    build: Callable[[Dossier], Paper]
    has: Callable[[Dossier], bool]
    blank: Callable[[Dossier], bool] = _never


@dataclass(frozen=True)
class Offer:
    """A print that a case has now."""

    dossier: Dossier
    print: Print
    is_blank: bool

    @property
    def paper(self) -> Paper:
        return self.print.build(self.dossier)


def _stands(number):
    return lambda dossier: dossier.stands(number)


def _told(number):
    """A refusal is put in writing too; a success that a later step undid is not."""

    def has(dossier):
        record = dossier.last(number)
        return record is not None and (dossier.stands(number) or record.outcome == StepOutcome.FAILED)

    return has


def _taken(number):
    """As it was decided last; an extension sends the case back and stands all the same."""
    return lambda dossier: dossier.last(number) is not None


def _next(*numbers):
    return lambda dossier: any(dossier.is_next(number) for number in numbers)


def _decided(outcome):
    return lambda dossier: dossier.decision(outcome) is not None


def _candidate_posted(dossier):
    return dossier.stands(7) and (dossier.case.stopped_on is None or dossier.stands(15))


def _conversion_posted(dossier):
    record = dossier.standing(23)
    return record is not None and record.outcome == StepOutcome.ON_TIME


def _on_probation(dossier):
    return dossier.now.position >= 17


PRINTS = {
    item.slug: item
    for item in (
        Print("course", "发展党员工作进程表", COURSE, course.course, lambda dossier: True),
        Print(
            "candidate-notice",
            "拟列为发展对象公示",
            NOTICES,
            notices.candidate_notice,
            _candidate_posted,
            _next(7),
        ),
        Print("admission-notice", "批准入党通知书", NOTICES, notices.admission_notice, _stands(17)),
        Print(
            "conversion-public-notice",
            "拟转为正式党员公示",
            NOTICES,
            notices.conversion_public_notice,
            _conversion_posted,
            _next(22, 23),
        ),
        Print(
            "converted-notice", "转正通知书", NOTICES, notices.converted_notice, _decided(StepOutcome.ON_TIME)
        ),
        Print(
            "extended-notice",
            "延长预备期通知书",
            NOTICES,
            notices.extended_notice,
            _decided(StepOutcome.EXTENDED),
        ),
        Print(
            "cancelled-notice",
            "取消预备党员资格通知书",
            NOTICES,
            notices.cancelled_notice,
            _decided(StepOutcome.CANCELLED),
        ),
        Print("application-talk", "入党申请人谈话记录", FORMS, forms.application_talk, _stands(2), _next(2)),
        Print(
            "activist-register", "入党积极分子培养教育考察登记表", FORMS, forms.activist_register, _stands(3)
        ),
        Print("introducers", "入党介绍人登记表", FORMS, forms.introducers, _stands(9)),
        Print("review", "政治审查综合报告", FORMS, forms.review, _told(10), _next(10)),
        Print("prereview-request", "预审请示", FORMS, forms.prereview_request, _stands(12)),
        Print("prereview-opinion", "预审意见", FORMS, forms.prereview_opinion, _told(13)),
        Print("admission-resolution", "接收预备党员决议", FORMS, forms.admission_resolution, _told(15)),
        Print("admission-talk", "审批前谈话记录", FORMS, forms.admission_talk, _stands(16), _next(16)),
        Print("admission-reply", "接收预备党员批复", FORMS, forms.admission_reply, _told(17)),
        Print("probation-form", "预备党员考察表", FORMS, forms.probation_form, _on_probation),
        Print("conversion-resolution", "转正决议", FORMS, forms.conversion_resolution, _taken(23)),
        Print("conversion-reply", "转正批复", FORMS, forms.conversion_reply, _taken(24)),
        Print("archive", "归档目录", FORMS, course.archive, _stands(24)),
    )
}


def offers(dossier: Dossier) -> list[Offer]:
    found = [(item, item.has(dossier)) for item in PRINTS.values()]
    return [Offer(dossier, item, not has) for item, has in found if has or item.blank(dossier)]


def find_offer(dossier: Dossier, slug: str) -> Offer | None:
    return next((offer for offer in offers(dossier) if offer.print.slug == slug), None)
