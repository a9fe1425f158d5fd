"""Setting a document: facts as JSON into a Typst template, a PDF out. In this process, in some milliseconds, without a network.

What somebody has typed comes in as data and never as markup, so that a name with a `#` or a `*` prints as it is.
"""

import json
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import typst

FOLDER = Path(__file__).parent
#: Characters that are not seen and turn the direction of writing round, so that a dose could be read backwards. Left out.
TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


class Template(StrEnum):
    """The two documents."""

    CLINICAL = "clinical.typ"
    PLAIN = "plain.typ"


def render(template: Template, facts: dict[str, Any], at: datetime) -> bytes:
    """The document as PDF. The same facts at the same moment give the same bytes.

    The fonts that Typst brings along show Latin, Greek, Cyrillic, Hebrew and Arabic letters. Where a text has others, the fonts
    of the machine are asked, too, and the document says that characters may be missing: nothing lacks them silently.
    """
    try:
        return _compiled(template, facts, at, strictly=True)
    except typst.TypstError:
        return _compiled(template, {**facts, "gaps": True}, at, strictly=False)


def _compiled(template: Template, facts: dict[str, Any], at: datetime, *, strictly: bool) -> bytes:
    """Strictly: fit for archives (PDF/A) and screen readers (PDF/UA), which Typst refuses to a text that it cannot show."""
    data = json.dumps(facts, ensure_ascii=False).translate(TURNING)
    return typst.compile(
        FOLDER / template, root=FOLDER, font_paths=_fonts(system=not strictly), ignore_system_fonts=strictly,
        sys_inputs={"facts": data}, pdf_standards=["a-2a", "ua-1"] if strictly else [],
        timestamp=int(at.timestamp()),
    )  # fmt: skip


@cache
def _fonts(*, system: bool) -> typst.Fonts:
    """Looking for fonts is done once a process."""
    return typst.Fonts(include_system_fonts=system)
