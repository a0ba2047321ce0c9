"""The 25 steps of recruiting in five parts: who takes each, what it asks for, what must be on file.

Source: 《中国共产党发展党员工作细则》 and the step lists in use; local additions are dated settings. The guards of each
step are in `members.recruiting.guards`, the order in `members.recruiting.state`.
"""

from dataclasses import dataclass

from members.models.recruiting import StepOutcome

BRANCH, SUPERIOR, PERSON = "branch", "superior", "person"
ACTORS = {BRANCH: "党支部", SUPERIOR: "上级党组织", PERSON: "本人"}
VOTE = ("persons", "ballot_no", "secret_ballot", "attended", "expected", "present", "yes", "expected_reason")
ASSESSMENT, THOUGHT = "assessment", "thought"
REPORTS = {ASSESSMENT: "半年考察", THOUGHT: "思想汇报"}
CONFIRMED = (3, 11, 13, 15, 17, 24)
PASS = (StepOutcome.PASSED, StepOutcome.FAILED)


@dataclass(frozen=True)
class Step:
    """`fields` are names of `members.forms.recruiting.StepForm` beside day, document number and note.

    `outcomes` empty: a step that is simply done. `repeatable`: may be entered again while the case stands there.
    """

    number: int
    name: str
    part: str
    actor: str
    documents: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    repeatable: bool = False

    @property
    def by_superior(self):
        return self.actor == SUPERIOR

    @property
    def may_confirm(self):
        """A rule of the step lets unusual cases pass with a reason and an approval number."""
        return self.number in CONFIRMED

    @property
    def actor_label(self):
        return ACTORS[self.actor]

    def __str__(self):
        return self.name


PARTS = APPLYING, ACTIVIST, CANDIDATE, ADMISSION, PROBATION = (
    "申请入党",
    "入党积极分子",
    "发展对象",
    "预备党员接收",
    "预备党员考察转正",
)
STEPS = {
    step.number: step
    for step in (
        Step(1, "递交入党申请书", APPLYING, PERSON, ("入党申请书",)),
        Step(2, "党组织派人谈话", APPLYING, BRANCH, ("谈话记录",), ("who",)),
        Step(3, "推荐和确定入党积极分子", ACTIVIST, BRANCH, ("推荐（推优）表", "会议记录"), ("recommended",)),
        Step(4, "上级党委备案", ACTIVIST, SUPERIOR, ("备案报告", "批复"), (), PASS),
        Step(5, "指定培养联系人", ACTIVIST, BRANCH, ("培养联系人登记",), ("contacts",)),
        Step(6, "培养教育考察", ACTIVIST, BRANCH, ("考察登记表", "思想汇报"), ("report",), (), repeatable=True),
        Step(7, "确定发展对象", CANDIDATE, BRANCH, ("会议记录", "座谈记录", "公示材料"), ("heard", "notice_from", "notice_until")),
        Step(8, "上级党委备案", CANDIDATE, SUPERIOR, ("备案报告", "批复"), (), PASS),
        Step(9, "确定入党介绍人", CANDIDATE, BRANCH, ("入党介绍人登记",), ("introducers", "consented")),
        Step(10, "政治审查", CANDIDATE, BRANCH, ("政审材料", "综合政审报告"), (), PASS, repeatable=True),
        Step(11, "短期集中培训", CANDIDATE, BRANCH, ("培训证明",), ("training_days", "training_hours")),
        Step(12, "支部委员会审查", ADMISSION, BRANCH, ("会议记录",), (), PASS),
        Step(13, "上级党委预审", ADMISSION, SUPERIOR, ("预审请示", "预审意见"), ("approver", "leaving_on"), PASS),
        Step(14, "填写入党志愿书", ADMISSION, PERSON, ("入党志愿书",), ("form_no",)),
        Step(15, "支部大会讨论", ADMISSION, BRANCH, ("会议记录", "表决票", "支部大会决议"), VOTE, PASS),
        Step(16, "上级党委派人谈话", ADMISSION, SUPERIOR, ("谈话意见",), ("who",)),
        Step(17, "上级党委审批", ADMISSION, SUPERIOR, ("批复", "通知书"), ("approver", "collective"), PASS),
        Step(18, "再上一级组织部门备案", ADMISSION, SUPERIOR, ("备案表",)),
        Step(19, "编入党支部和党小组", PROBATION, BRANCH, (), ("group",)),
        Step(20, "入党宣誓", PROBATION, BRANCH, ("宣誓记录",)),
        Step(21, "继续教育考察", PROBATION, BRANCH, ("预备党员考察表",), (), (), repeatable=True),
        Step(22, "提出转正申请", PROBATION, PERSON, ("转正申请书",)),
        Step(
            23, "支部大会讨论转正", PROBATION, BRANCH, ("会议记录", "表决票", "公示材料"),
            ("notice_from", "notice_until", *VOTE, "extended_until"),
            (StepOutcome.ON_TIME, StepOutcome.EXTENDED, StepOutcome.CANCELLED, StepOutcome.FAILED),
        ),
        Step(24, "上级党委审批转正", PROBATION, SUPERIOR, ("批复",), ("approver", "collective"), PASS),
        Step(25, "材料归档", PROBATION, BRANCH, ("归档目录",), ("kept_at",)),
    )
}  # fmt: skip
LAST = max(STEPS)
