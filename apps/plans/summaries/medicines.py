"""The medicines of a version: each dosage in words, what every source says on it, what it does."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from apps.knowledge.models import Medicine, MedicineEffect
from apps.knowledge.shelf import Shelf, shelf
from apps.plans.dosing import Outcome
from apps.plans.models import MedicationItem
from apps.plans.operations.content import dosages
from apps.plans.operations.taking import first_starts
from apps.plans.reading import Whole
from apps.plans.summaries.lay import lay
from apps.plans.summaries.words import iso

Kind = MedicineEffect.Kind
#: How an outcome is said of a source, the gravest first.
SAID = {
    Outcome.ABOVE: "ABOVE", Outcome.OVER_CAP: "ABOVE the cap of", Outcome.BELOW: "Below",
    Outcome.NOT_ASSESSABLE: "Not assessable by", Outcome.WITHIN: "Within",
}  # fmt: skip
#: Outcomes whose arithmetic is printed; that of what is within stands in the record.
EXPLAINED = frozenset({Outcome.ABOVE, Outcome.OVER_CAP, Outcome.BELOW})


def medicines(whole: Whole) -> list[dict[str, Any]]:
    """The medicines in the order of the plan, each with all its dosages."""
    first, known = first_starts(whole.version.plan), shelf()
    grouped: dict[UUID, list[MedicationItem]] = {}
    for row in whole.medications:
        grouped.setdefault(row.medicine_id, []).append(row)
    return [_medicine(group, whole, first, known) for group in grouped.values()]


def _medicine(rows: Sequence[MedicationItem], whole: Whole, first: dict[Any, date], known: Shelf) -> dict[str, Any]:
    medicine = known.here(rows[0].medicine)
    found = [_item(row, medicine, first, whole.seen.today) for row in rows]
    effects = known.of(MedicineEffect, medicine)
    return {
        "name": medicine.name,
        "items": found,
        "over": all(one["when"] == "over" for one in found),
        "sources": sources(whole.version.checks.get(medicine.code, {})),
        "does": plainly(effects, Kind.EFFECT, Kind.BENEFIT),
        "side_effects": plainly(effects, Kind.SIDE_EFFECT),
    }


def _item(row: MedicationItem, medicine: Medicine, first: dict[Any, date], today: date) -> dict[str, Any]:
    dosed = dosages([row]).get(row.medicine.code, [])
    return {
        "dose": dosed[0].words if dosed else "", "route": row.route, "line": row.line, "indication": row.indication,
        "rhythm": _rhythm(row, medicine) if dosed else "", "by_body": "/" in row.unit,
        "since": iso(min(row.starts_on, first.get(row.item_id, row.starts_on))), "starts_on": iso(row.starts_on),
        "stops_on": iso(row.stops_on), "stop_reason": row.stop_reason, "note": row.note,
        "prescriber": row.prescriber.name if row.prescriber is not None else "", "when": _when(row, today),
    }  # fmt: skip


def _rhythm(row: MedicationItem, medicine: Medicine) -> str:
    """Whether it has to be said that it is not taken every day: weekly, or rarer a medicine that is never given daily."""
    if (row.basis, row.frequency, row.period, row.period_unit) == ("dose", 1, 1, "wk"):
        return "weekly"
    return "rarer" if medicine.weekly_only else ""


def _when(row: MedicationItem, today: date) -> str:
    """Whether it is taken today, only later, or not any more."""
    if row.stops_on is not None and row.stops_on < today:
        return "over"
    return "later" if row.starts_on > today else "now"


def plainly(effects: Sequence[MedicineEffect], *kinds: str) -> list[str]:
    """What a medicine does, in plain words; nothing with a number in it, because that number is not the plan's."""
    names = [_inside(lay(row.name)) for kind in kinds for row in effects if row.kind == kind]
    return [name for name in dict.fromkeys(names) if not any(char.isdigit() for char in name)]


def _inside(name: str) -> str:
    """As it stands inside a sentence: with a small letter, unless it is an abbreviation."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def sources(check: dict[str, Any]) -> str:
    """What every source says on the dose, in one line: which of them, only where one does not say “within”."""
    every = check.get("lines", [])
    lines = [line for line in every if line["outcome"] in SAID]
    aside = (
        f" {len(every) - len(lines)} more are for other patients, routes or times." if len(every) > len(lines) else ""
    )
    if not lines:
        return f"No source that is known here speaks of this dose.{aside}"
    if all(line["outcome"] == Outcome.WITHIN for line in lines):
        return f"Within what {len(lines)} of {len(lines)} say.{aside}"
    told = [_told(outcome, [line for line in lines if line["outcome"] == outcome]) for outcome in SAID]
    return f"{'. '.join(one for one in told if one)}.{aside}"


def _told(outcome: Outcome, lines: Sequence[dict[str, Any]]) -> str:
    """The sources of one outcome: with the arithmetic, unless the dose is within."""
    if not lines:
        return ""
    explained = outcome in EXPLAINED
    said = [f"{line['citation']}: {line['arithmetic']}" if explained else line["citation"] for line in lines]
    needs = sorted({need for line in lines for need in line["needs"]})
    lacking = f", without {' and '.join(needs)}" if needs else ""
    return f"{SAID[outcome]} {', '.join(dict.fromkeys(said))}{lacking}"
