"""Journeys for the tests: a short one to begin with, and what is put into it."""

from pathlib import Path

from apps.escalation.journeys import Journey, Outcome, read
from apps.escalation.journeys.playing import perform
from apps.patients.models import Patient

HEAD = """\
id: T
title: A test
timezone: {zone}
patient: {patient}
criteria: {criteria}
{more}steps:
"""
ADULT = "{sex: female, birth_date: 1966-03-15, onset: adult, phenotype: classic, diagnosed: 2025-01-15}"
CHILD = "{sex: female, birth_date: 2014-03-15, onset: juvenile, phenotype: classic, diagnosed: 2025-01-15}"


def text_of(
    *steps: str, criteria: str = "[SW-01]", patient: str = ADULT, zone: str = "Europe/Berlin", more: str = ""
) -> str:
    """A journey; each step is “TIME | item; item | expectation”, what is empty left out."""
    lines = [HEAD.format(zone=zone, patient=patient, criteria=criteria, more=more)]
    for step in steps:
        at, record, expect = ([part.strip() for part in step.split("|")] + ["", ""])[:3]
        lines.append(f"  - at: {at}\n")
        if record:
            lines.append("    record:\n" + "".join(f"      - {{{item.strip()}}}\n" for item in record.split(";")))
        if expect:
            lines.append(f"    expect: {{{expect}}}\n")
    return "".join(lines)


def journey(folder: Path, *steps: str, **about: str) -> Journey:
    """The same, read."""
    (found,) = read(written(folder, text_of(*steps, **about)))
    return found


def written(folder: Path, text: str, name: str = "own.yaml") -> Path:
    """A file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def told(folder: Path, *steps: str, **about: str) -> tuple[Outcome, Patient]:
    """Play a journey and leave what came of it in the test's transaction; the outcome, and the invented patient."""
    outcome = perform(journey(folder, *steps, **about))
    return outcome, Patient.objects.get(family_name="Journey")
