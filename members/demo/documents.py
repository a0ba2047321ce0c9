"""A few tiny documents for a few cases, so that the demonstration shows what is on file and what is missing."""

import io

from django.core.files.base import ContentFile
from PIL import Image

from members.models import CaseDocument, RecruitmentCase, StepOutcome
from members.recruiting.steps import STEPS
from orgs import uploads
from orgs.demo.write import moment

# Of so many open cases whose next step lies between these.
CASES = {(21, 25): 1, (5, 8): 1, (2, 4): 2}
# Every so many documents one is missing.
GAP = 4


def add_documents() -> None:
    """For the oldest open cases, some near their end, some at their beginning."""
    count = 0
    for case in _cases():
        for number, on in _steps(case):
            for kind in STEPS[number].documents:
                count += 1
                if count % GAP:
                    _add(case, number, kind, on, count)


def _cases():
    rows = RecruitmentCase.objects.open().exclude(records__outcome=StepOutcome.TAKEN_OVER).order_by("pk")
    return [case for steps, many in CASES.items() for case in rows.filter(next_step__range=steps)[:many]]


def _steps(case):
    return case.records.effective().values_list("number", "on")


def _add(case, number, kind, on, count):
    """Photos and PDF in turn. Straight to the keeping: no trail is invented for it."""
    name, content = (
        (f"{kind}.png", png(count)) if count % 2 else (f"{kind}.pdf", pdf(f"Step {number} No. {count}"))
    )
    accepted = uploads.accept(ContentFile(content, name))
    with uploads.keeping() as files:
        document = CaseDocument(case=case, number=number, kind=kind, uploaded_at=moment(on))
        files.keep(document, accepted, by=None)


def png(number: int) -> bytes:
    image, out = Image.new("RGB", (60, 80), (245, 245, number % 200 + 50)), io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def pdf(text: str = "test") -> bytes:
    """One page with one line, written by hand. `text` is ASCII without brackets."""
    page = f"BT /F1 18 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(page), page),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%sendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    return (
        out
        + head
        + table
        + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            len(objects) + 1,
            len(out),
        )
    )
