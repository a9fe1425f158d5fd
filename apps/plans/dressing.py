"""Rows of plans with the knowledge that they name as it holds here: a hospital's own names stand in place of the shipped ones.

For what is shown only. The rows of the shelf are shared by all: nothing that was dressed is ever saved.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from apps.knowledge.models import Panel
from apps.knowledge.shelf import Shelf, shelf
from apps.plans.operations.content import Content
from apps.plans.reading import Findings, Whole


def dress(rows: Sequence[Any], known: Shelf, *names: str) -> None:
    """Let the rows point, by these fields, at knowledge as it holds here."""
    for row in rows:
        for name in names:
            target = getattr(row, name)
            if target is not None:
                setattr(row, name, known.here(target))


def dressed_content(content: Content, known: Shelf | None = None) -> Content:
    """What a version says. One query where the shelf is not given."""
    known = known or shelf()
    dress(content.medications, known, "medicine")
    dress(content.interventions, known, "intervention")
    return content


def dressed(whole: Whole) -> Whole:
    """A version with all that is shown of it. One query beside those of its parts."""
    known = shelf()
    dress(whole.medications, known, "medicine")
    dress(whole.interventions, known, "intervention")
    dress(whole.warnings, known, "medicine")
    dress([one.check for one in whole.prerequisites], known, "medicine", "panel")
    names = {row.code: row.name for row in known.all(Panel)}
    whole.follows = [replace(one, name=names.get(one.panel, one.name)) for one in whole.follows]
    return whole


def dressed_findings(findings: Findings) -> Findings:
    """What the checks would find."""
    known = shelf()
    dressed_content(findings.content, known)
    dress(findings.found.warnings, known, "medicine")
    dress(findings.found.prerequisites, known, "medicine", "panel")
    return findings
