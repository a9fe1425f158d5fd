"""Tables that a person reads: what a version says, what was found about it, what follows from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.administration.admin import shown_at
from apps.knowledge.admin.tables import Table, lines
from apps.plans.differing import Difference
from apps.plans.dressing import dressed, dressed_findings
from apps.plans.models import MedicationItem, MonitoringItem, PlanVersion, PrerequisiteCheck, ResponseReview
from apps.plans.prerequisites import ALERT, alert_in
from apps.plans.reading import Findings, GoalNow, Prerequisite, Whole, dose_words
from apps.rest.admin import Link

#: How grave something is, as the colours of labels have it.
KINDS = {
    "within": "success", "below": "warning", "above": "danger", "over_cap": "danger", "urgent": "danger", "warning": "warning",
    "info": "info", "present": "success", "look": "warning", "missing": "danger", "too_old": "danger", "overdue": "danger",
    "reached": "success", "proposed": "warning", "approved": "info", "active": "success", "scheduled": "info", "done": "success",
}  # fmt: skip
FOLLOWS = "What is due because of it"
#: How a patient is looked for on the lists of this room.
SEARCH = (
    "patient__family_name__istartswith", "patient__given_name__istartswith", "patient__identifiers__value__exact",
)  # fmt: skip


def label(code: str, text: str = "") -> SafeString:
    """A coloured word; what has no colour of its own is grey."""
    shown = text or code.replace("_", " ")
    return render_to_string("unfold/helpers/label.html", {"text": shown, "type": KINDS.get(code, "")})


def address(row: Any) -> str:
    """The address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link(href: str, text: Any) -> SafeString:
    """A way to another page."""
    return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', href, text)


def day(on: date | None) -> str:
    """A day, or nothing."""
    return on.isoformat() if on is not None else ""


def of_version(whole: Whole, explain: Link | None = None) -> list[Table]:
    """Everything that a version says and that was found about it. `explain` leads to writing down a reason."""
    dressed(whole)
    found = [
        _medicines(whole),
        Table("Warnings", ["About", "What", "How it was worked out", "Reason"], [_warning(w, explain) for w in whole.warnings]),
        Table("Before the first dose", ["Medicine", "As it was found", "Today", "Source", "Reason"],
              [_prerequisite(one, explain) for one in whole.prerequisites]),
        Table("Beside medicines", ["What", "By", "Instructions", "When"],
              [[str(row), str(row.discipline or ""), row.instructions, _when(row)] for row in whole.interventions]),
        Table("Goals", ["Goal", "Measure", "At the start", "Latest", "Target", "Reached"], [_goal(one) for one in whole.goals]),
        Table(FOLLOWS, ["What", "Why", "Last done", "Due"], [_follows(one) for one in whole.follows]),
    ]  # fmt: skip
    return [table for table in found if table.rows]


def waiting(whole: Whole, explain: Link | None = None) -> Table:
    """What an approval has to reckon with: warnings that wait for their reason, and what is missing, too old or alarming."""
    dressed(whole)
    warnings = [_warning(row, explain) for row in whole.warnings if row.open]
    lacking = [one for one in whole.prerequisites if one.lacking or (one.now is not None and one.now.alert)]
    cells = [[row[0], row[1], row[-1]] for row in warnings]
    cells += [[row[0], row[2], row[-1]] for row in (_prerequisite(one, explain) for one in lacking)]
    return Table("Look at this before you approve", ["About", "What", "Reason"], cells)


def of_findings(findings: Findings) -> list[Table]:
    """What the checks would find about medicines that nobody has proposed yet."""
    dressed_findings(findings)
    found = [
        Table("Doses", ["Medicine", "What it comes to", "What every source says"],
              [[dose["name"], lines(*dose["arithmetic"]), sources(dose)] for dose in findings.doses]),
        Table("Warnings", ["About", "What", "How it was worked out"],
              [[str(row.medicine), warning_lines(row), row.arithmetic] for row in findings.found.warnings]),
        Table("Before the first dose", ["Medicine", "How it stands", "Source"],
              [[str(row.medicine), standing(row.state, row.words), row.citation]
               for row in findings.found.prerequisites]),
    ]  # fmt: skip
    return [table for table in found if table.rows]


def _medicines(whole: Whole) -> Table:
    doses = {dose["medicine"]: dose for dose in whole.doses}
    rows = [_medicine(row, doses.pop(row.medicine.code, None)) for row in whole.medications]
    return Table("Medicines", ["Medicine", "Dose", "When", "What every source says"], rows)


def _medicine(row: MedicationItem, dose: Mapping[str, Any] | None) -> list[Any]:
    line = f"line {row.line}" if row.line else ""
    by = f"prescribed by {row.prescriber.name}" if row.prescriber is not None else ""
    words = f"{dose_words(row)}, {row.get_route_display().lower()}"
    arithmetic = dose["arithmetic"] if dose is not None else []
    return [
        lines(row.medicine, row.indication, line, by, row.note),
        lines(words, *arithmetic),
        _when(row),
        sources(dose),
    ]


def _trimmed(text: Any) -> str:
    return str(text).rstrip("0").rstrip(".") if "." in str(text) else str(text)


def sources(dose: Mapping[str, Any] | None) -> SafeString:
    """A line a source: how the dose stands to it, with the arithmetic and where it comes from. None is preferred."""
    if dose is None:
        return lines("")
    return lines(*(_source(line) for line in dose["lines"]))


def _source(line: Mapping[str, Any]) -> SafeString:
    needs = f"; without {' and '.join(line['needs'])}" if line["needs"] and line["outcome"] == "not_assessable" else ""
    words = f". {line['words']}" if line["words"] else ""
    return format_html("{} {}{} ({}){}", label(line["outcome"]), line["arithmetic"], needs, line["citation"], words)


def _when(row: Any) -> SafeString:
    stops = f"to {day(row.stops_on)}: {row.stop_reason}".rstrip(": ") if row.stops_on is not None else ""
    return lines(f"from {day(row.starts_on)}", stops)


def warning_lines(row: Any) -> SafeString:
    """What a warning says, with its sources."""
    return lines(format_html("{} {}", label(row.severity), row.words), ", ".join(row.citations))


def _warning(row: Any, explain: Link | None) -> list[Any]:
    return [str(row.medicine), warning_lines(row), row.arithmetic, _reason(row, row.open, explain)]


def _prerequisite(one: Prerequisite, explain: Link | None) -> list[Any]:
    check = one.check
    found = standing(check.state, check.words)
    now = standing(one.now.state, one.now.words) if one.now is not None else ""
    holds = "holds the first dose" if one.holds else ""
    wants = one.lacking and not check.reason
    return [str(check.medicine), found, lines(now, holds), check.citation, _reason(check, wants, explain)]


def standing(state: str, words: str) -> SafeString:
    """How a prerequisite stands, and under it what its result means for the medicine."""
    alert = alert_in(words)
    told = format_html("{} {}", label(state, PrerequisiteCheck.State(state).label), words.partition(ALERT)[0])
    return lines(told, label("urgent", alert) if alert else "")


def _reason(row: Any, wants: bool, explain: Link | None) -> SafeString:
    if row.reason:
        who = row.reason_by.name if row.reason_by is not None else "careteam"
        return lines(row.reason, f"{who}, {shown_at(row.reason_at, row.version.plan.patient.site)}")
    offer = explain(row) if wants and explain is not None else None
    return link(offer[1], offer[0]) if offer is not None else lines("still to be written down" if wants else "")


def _goal(one: GoalNow) -> list[Any]:
    goal, now = one.goal, one.now
    unit = _unit(goal.instrument.unit) if goal.instrument is not None else ""
    latest = lines(_number(now.latest), day(now.latest_on))
    target = f"{goal.get_comparison_display()} {_number(goal.target)} {unit}".strip() if goal.target is not None else ""
    return [
        lines(goal.text, f"until {day(goal.due_on)}" if goal.due_on else ""),
        goal.instrument.name if goal.instrument is not None else "", _number(now.start), latest, target, _reached(one),
    ]  # fmt: skip


def _unit(unit: str) -> str:
    """A unit as it is read; what UCUM puts in braces is no unit but a word about the number."""
    return "" if unit.startswith("{") else unit


def _number(value: Any) -> str:
    return _trimmed(value) if value is not None else ""


def _reached(one: GoalNow) -> SafeString:
    if one.now.reached is None:
        return lines("cannot be said" if one.goal.target is not None else "")
    if one.now.reached:
        return label("reached")
    return lines(
        f"not yet; {round(one.now.fraction * 100)} % of the way" if one.now.fraction is not None else "not yet"
    )


def whys(why: Iterable[Mapping[str, Any]]) -> SafeString:
    """Each reason for which a panel is due, how often, and where that comes from."""
    return lines(*(_why(one) for one in why))


def _why(one: Mapping[str, Any]) -> str:
    often = f", every {one['every_days']} days" if one.get("every_days") else ""
    return f"{one['words']}{often}" + (f" ({one['citation']})" if one.get("citation") else "")


def _follows(one: Any) -> list[Any]:
    late = label("overdue") if one.overdue else ""
    return [one.name, whys(one.why), day(one.last_on) or "not yet", lines(day(one.due_on), late)]


def of_items(rows: Sequence[MonitoringItem], today: date) -> Table:
    """What is due for a patient, with the way to each row."""
    cells = [
        [
            link(address(row), row.panel),
            whys(row.why),
            day(row.last_on) or "not yet",
            lines(day(row.due_on), label("overdue") if row.overdue_from <= today else ""),
        ]
        for row in rows
    ]
    return Table("What is due", ["What", "Why", "Last done", "Due"], cells)


def of_reviews(rows: Iterable[ResponseReview]) -> Table:
    """When one looks at the response, and what was said."""
    cells = [
        [
            link(address(row), row.medicine),
            day(row.due_on),
            lines(label(row.state), row.get_outcome_display()),
            lines(row.reason, row.citation),
        ]
        for row in rows
    ]
    return Table("Reviews of the response", ["Medicine", "Day", "State", "Why"], cells)


def of_versions(rows: Sequence[PlanVersion], compare: Callable[[PlanVersion], str | None]) -> Table:
    """Every version, the newest first, with the way to it and to what it changed."""
    return Table("Versions", ["Version", "State", "Proposed", "What changes, and why", ""], [
        [
            link(address(row), f"Version {row.number}"), label(row.state), _proposed(row), row.summary or "",
            link(href, "What changed") if (href := compare(row)) else "",
        ]
        for row in rows
    ])  # fmt: skip


def _proposed(row: PlanVersion) -> SafeString:
    site = row.plan.patient.site
    approved = f"approved {shown_at(row.approved_at, site)}" if row.approved_at else ""
    return lines(shown_at(row.proposed_at, site), approved)


def of_differences(found: Iterable[Difference], heading: str) -> Table:
    """What differs between two versions."""
    rows = [[one.what, one.change, one.name, one.before or "", one.after or ""] for one in found]
    return Table(heading, ["What", "How", "Field", "Before", "After"], rows)


def of_comparison(found: Mapping[str, Any], names: Mapping[str, str]) -> list[Table]:
    """The measures before a treatment and after, and how the score is worked out from them."""
    measures = [
        [names.get(one["instrument"], one["instrument"]), _measured(one["before"]), _measured(one["after"])]
        for one in found["measures"]
    ]
    value = _number(found["value"]) or "not yet: something is missing"
    result = [f"{found['score'].upper().replace('_', ' ')}: {value}", found["category"], *found["lines"]]
    lacking = ", ".join(_missing(one, names) for one in found["missing"])
    missing = [f"Missing: {lacking}"] if lacking else []
    return [
        Table("Before and after", ["Measure", "Before", "After"], measures),
        Table("What it comes to", [], [[words] for words in [*result, *missing] if words]),
    ]


def _missing(said: str, names: Mapping[str, str]) -> str:
    """What a score lacks, with the name of the measure in place of its code."""
    code, _, when = said.partition(" ")
    return f"{names.get(code, code)} {when}".strip()


def _measured(one: Mapping[str, Any] | None) -> SafeString:
    if one is None:
        return lines("missing")
    limit = f"limit {one['limit']}" if one.get("limit") else ""
    return lines(one["value"], limit, one["on"])
