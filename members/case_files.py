"""What the pages of a case say about its documents: what is asked for, on file, missing, and who may do what."""

from dataclasses import dataclass

from members import access
from members.recruiting.documents import StepFile, files_of, kinds, reached
from members.recruiting.steps import LAST
from orgs import uploads


@dataclass
class CaseFiles:
    """`steps` are those that documents may be filed for by now; `all` are all 25, for the archive."""

    all: list[StepFile]
    furthest: int
    next_step: int | None
    opened: str

    def __post_init__(self):
        for file in self.all:
            file.is_open = self.opened == str(file.step.number)

    @property
    def steps(self):
        return [file for file in self.all if file.step.number <= self.furthest]

    @property
    def lacking(self) -> list[StepFile]:
        """Steps before the next one with something missing; all of them once the next one is the archive."""
        return [file for file in self.all if file.missing and file.step.number < (self.next_step or LAST + 1)]

    @property
    def of_next(self) -> StepFile | None:
        return self.all[self.next_step - 1] if self.next_step else None

    @property
    def archives(self) -> bool:
        return self.next_step == LAST

    @property
    def asked(self) -> int:
        return sum(len(file.asked) for file in self.all if not file.elsewhere)

    @property
    def missing(self) -> int:
        return sum(len(file.missing) for file in self.all)

    @property
    def on_file(self) -> int:
        return self.asked - self.missing

    @property
    def count(self) -> int:
        return sum(file.count for file in self.all)

    @property
    def lacking_count(self) -> int:
        return sum(len(file.missing) for file in self.lacking)

    accept = staticmethod(uploads.accepted_extensions)
    limits = staticmethod(uploads.limits_words)


def case_files(user, case, records, now, opened="") -> CaseFiles:
    """`records` are all of the case, with their reversals; one query for the documents."""
    documents = list(case.documents.select_related("uploaded_by", "withdrawn_by"))
    files = CaseFiles(files_of(documents, records), reached(records, now), now.next_step, opened)
    for file in files.steps:
        file.kinds = kinds(file.step.number)
        file.may_add = accepts(case, file.step.number) and access.can_take_case_step(user, case, file.step)
    for document in documents:
        document.case = case
        document.may_read = access.can_read_document(user, document)
    return files


def accepts(case, number: int) -> bool:
    """As `members.actions.documents` decides."""
    return not case.stopped_on and (case.is_open or number == LAST)
