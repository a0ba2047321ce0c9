"""What stands on a printed page and in the Word file of the same paper, as one string without blanks."""

import html
import io
import re

from docx import Document
from docx.table import Table


def squeezed(text):
    return re.sub(r"\s+", "", text)


def words_of_file(content: bytes) -> str:
    """All that stands in a document, in its order; cells that were merged once."""
    found = []
    for part in Document(io.BytesIO(content)).iter_inner_content():
        if isinstance(part, Table):
            for row in part.rows:
                found += [cell.text for cell in {cell._tc: cell for cell in row.cells}.values()]
        else:
            found.append(part.text)
    return squeezed("".join(found))


def words_of_page(text: str) -> str:
    sections = re.findall(r"<section class=\"paper.*?</section>", text, re.S)
    return squeezed(html.unescape(re.sub(r"<[^>]*>", "", "".join(sections))))
