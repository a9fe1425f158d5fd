"""The medicines of a version: each dosage in words, what every source says on it, what it does."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from apps.knowledge.models import Medicine, MedicineEffect
from apps.knowledge.shelf import Shelf, shelf
from apps.plans.dosing import Outcome
from apps.plans.followed import Run
from apps.plans.models import MedicationItem
from apps.plans.operations.content import dosages
from apps.plans.operations.taking import begun
from apps.plans.reading import Whole
from apps.plans.summaries.lay import MAY, lay
from apps.plans.summaries.words import iso

Kind = MedicineEffect.Kind
#: How an outcome is said of a source, the gravest first.
SAID = {
    Outcome.ABOVE: "ABOVE", Outcome.OVER_CAP: "ABOVE the cap of", Outcome.BELOW: "Below",
    Outcome.NOT_ASSESSABLE: "Not assessable by", Outcome.WITHIN: "Within",
}  # fmt: skip
#: How an outcome is said of a limit.
HELD = SAID | {
    Outcome.ABOVE: "ABOVE the limit of",
    Outcome.BELOW: "Not above the limit of",
    Outcome.WITHIN: "Not above the limit of",
}
#: Outcomes whose arithmetic is printed; that of what is within stands in the record.
EXPLAINED = frozenset({Outcome.ABOVE, Outcome.OVER_CAP, Outcome.BELOW})


def medicines(whole: Whole) -> list[dict[str, Any]]:
    """The medicines in the order of the plan, each with all its dosages."""
    runs, known = begun(whole.version.plan, upto=whole.version.number), shelf()
    grouped: dict[UUID, list[MedicationItem]] = {}
    for row in whole.medications:
        grouped.setdefault(row.medicine_id, []).append(row)
    return [_medicine(group, whole, runs, known) for group in grouped.values()]


def _medicine(rows: Sequence[MedicationItem], whole: Whole, runs: dict[str, Run], known: Shelf) -> dict[str, Any]:
    medicine = known.here(rows[0].medicine)
    found = [_item(row, medicine, runs.get(row.medicine.code), whole.seen.today) for row in rows]
    effects = known.of(MedicineEffect, medicine)
    return {
        "name": medicine.name,
        "items": found,
        "over": all(one["when"] == "over" for one in found),
        "sources": sources(whole.version.checks.get(medicine.code, {})),
        "does": hopes(effects),
        "side_effects": plainly(effects, Kind.SIDE_EFFECT),
    }


def _item(row: MedicationItem, medicine: Medicine, run: Run | None, today: date) -> dict[str, Any]:
    dosed = dosages([row]).get(row.medicine.code, [])
    return {
        "dose": dosed[0].words if dosed else "", "route": row.route, "line": row.line, "indication": row.indication,
        "rhythm": _rhythm(row, medicine) if dosed else "", "by_body": "/" in row.unit,
        "since": iso(min(row.starts_on, run.first) if run is not None else row.starts_on), "starts_on": iso(row.starts_on),
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


def hopes(effects: Sequence[MedicineEffect]) -> list[str]:
    """What a medicine may do for the patient, of what can be told plainly; what has no plain words is left out."""
    names = [MAY[row.name] for row in effects if row.kind in {Kind.EFFECT, Kind.BENEFIT} and row.name in MAY]
    return list(dict.fromkeys(names))


def _inside(name: str) -> str:
    """As it stands inside a sentence: with a small letter, unless it is an abbreviation."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def sources(check: dict[str, Any]) -> str:
    """What every source says on the dose, in one line: which of them, only where one does not say “within”; limits apart."""
    every = check.get("lines", [])
    limits = [line for line in every if _is_limit(line) and line["outcome"] in SAID]
    ranges = [line for line in every if not _is_limit(line) and line["outcome"] in SAID]
    judged = [_of_ranges(ranges), *(_told(outcome, limits, HELD) for outcome in HELD)]
    found = [one for one in judged if one] or ["No source that is known here speaks of this dose"]
    return f"{'. '.join([*found, *_not_compared(every), *_for_others(every)])}."


def _is_limit(line: dict[str, Any]) -> bool:
    return bool(line["guidance"]["kind"] == "limit")


def _of_ranges(lines: Sequence[dict[str, Any]]) -> str:
    """What the ranges say: how many sources agree, or each with how the dose stands to it."""
    if lines and all(line["outcome"] == Outcome.WITHIN for line in lines):
        count = len(frozenset().union(*(_whose(line) for line in lines)))
        return "Within what the one source says" if count == 1 else f"Within what all {count} sources say"
    return ". ".join(one for one in (_told(outcome, lines, SAID) for outcome in SAID) if one)


def _whose(line: dict[str, Any]) -> frozenset[str]:
    """The sources of a row, by their keys: several rows of one source are one source."""
    cited = line["guidance"]["citation"]
    named = {*cited["sources"], *(code.rpartition("-")[0] for code in cited["statements"])}
    return frozenset(named or {line["citation"]})


def _told(outcome: Outcome, every: Sequence[dict[str, Any]], words: Mapping[Outcome, str]) -> str:
    """The sources of one outcome: with the arithmetic, unless the dose is within."""
    lines = [line for line in every if line["outcome"] == outcome]
    if not lines:
        return ""
    explained = outcome in EXPLAINED
    said = [f"{line['citation']}: {line['arithmetic']}" if explained else line["citation"] for line in lines]
    needs = sorted({need for line in lines for need in line["needs"]})
    lacking = f", without {' and '.join(needs)}" if needs else ""
    return f"{words[outcome]} {', '.join(dict.fromkeys(said))}{lacking}"


def _not_compared(every: Sequence[dict[str, Any]]) -> list[str]:
    """Rows that were not compared, by the words that say why."""
    found: dict[str, list[str]] = {}
    for line in every:
        if line["outcome"] == Outcome.NOT_COMPARABLE:
            why = line["words"].partition(". ")[0] or "Cannot be compared"
            found.setdefault(why, []).append(line["citation"])
    return [f"{why}: {', '.join(dict.fromkeys(citations))}" for why, citations in found.items()]


def _for_others(every: Sequence[dict[str, Any]]) -> list[str]:
    count = sum(line["outcome"] in {Outcome.OTHER_POPULATION, Outcome.OTHER_ROUTE} for line in every)
    if not count:
        return []
    return ["1 row is for other patients or routes" if count == 1 else f"{count} rows are for other patients or routes"]
