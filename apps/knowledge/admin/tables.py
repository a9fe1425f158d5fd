"""Tables under a row's page: what each source says, side by side, every line with its citation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.knowledge import in_force, words
from apps.knowledge.models import Medicine, Panel, Pathway

#: Says where the form for own values of a row is, or nothing.
Offer = Callable[[Any], tuple[str, str] | None]
WHENCE = ["Source", "Verified", "Here"]


@dataclass(frozen=True)
class Table:
    """A table with its heading; cells are text or safe HTML."""

    title: str
    headers: list[str]
    rows: list[list[Any]]


def lines(*texts: Any) -> SafeString:
    """Texts under each other; those that say nothing are left out."""
    return format_html_join(SafeString("<br>"), "{}", ((text,) for text in texts if text))


def _whence(row: Any, offer: Offer | None) -> list[Any]:
    """Where a line comes from, how it was verified, and what is set here, with what was shipped beside it."""
    link = offer(row) if offer is not None else None
    shipped = "; ".join(f"{name} {value}" for name, value in row.shipped_values.items())
    here = "our own" if row.local and row.origin == "local" else "set here" if row.local else ""
    return [
        in_force.citation(row).words,
        row.get_mark_display() or "not said",
        lines(
            "not used here" if row.hidden_here else here,
            f"shipped: {shipped}" if shipped else "",
            format_html('<a class="text-primary-600 underline" href="{}">{}</a>', link[1], link[0]) if link else "",
        ),
    ]


def _table(
    title: str, headers: list[str], rows: Iterable[Any], cells: Callable[[Any], list[Any]], offer: Offer | None
) -> Table:
    return Table(title, [*headers, *WHENCE], [[*cells(row), *_whence(row, offer)] for row in rows])


def _by_kind(rows: list[Any]) -> list[Any]:
    """In the order in which the kinds are declared, then by code."""
    return sorted(rows, key=lambda row: (row.Kind.values.index(row.kind), row.code))


def of_medicine(row: Medicine, offer: Offer | None) -> list[Table]:
    """What the sources say about a medicine."""
    about = row.about
    found = [
        _table(
            "Dose, as each source gives it",
            ["For", "Kind", "Dose", "When"],
            _by_kind(about["guidance"]),
            _guidance,
            offer,
        ),
        _table("Before it is begun", ["What", "For"], about["prerequisites"], _prerequisite, offer),
        _table("Monitoring", ["What and how often", "Why"], about["schedules"], _schedule, offer),
        _table("Looking at the response", ["When", "For"], about["windows"], _window, offer),
        _table("What it does", ["Kind", "Effect"], _by_kind(about["effects"]), _effect, None),
        _table("Where the sources disagree", ["Topic", "What each says"], about["disagreements"], _disagreement, None),
    ]
    return [table for table in found if table.rows]


def of_panel(row: Panel, offer: Offer | None) -> list[Table]:
    """How often a panel is due, and for whom."""
    return [_table("Schedules", ["What and how often", "Why"], row.about["schedules"], _schedule, offer)]


def of_pathway(row: Pathway, offer: Offer | None) -> list[Table]:
    """The steps of a pathway."""
    return [_table("Steps", ["Step", "Begun when", "One of", "Review"], row.about["steps"], _step, offer)]


def positions(row: Any) -> SafeString:
    """What each source says about a topic, a line each."""
    return lines(*(f"{each['source']} ({each['population']}): {each['says']}" for each in row.positions))


def _guidance(row: Any) -> list[Any]:
    return [
        row.get_population_display(),
        row.get_kind_display(),
        lines(words.dose(row), ", ".join(part for part in (row.route, row.frequency) if part)),
        lines(row.condition, row.note),
    ]


def _prerequisite(row: Any) -> list[Any]:
    holds = "holds the first dose" if row.holds_first_dose else ""
    option = f"where the site asks for {row.option}" if row.option else ""
    return [
        lines(words.prerequisite(row), holds),
        lines(row.get_population_display(), row.if_applicable, option, row.note),
    ]


def _schedule(row: Any) -> list[Any]:
    why = [row.get_reason_display(), str(row.medicine or ""), row.get_klass_display(), row.phenotype, row.condition]
    return [words.schedule(row), lines(", ".join(part for part in why if part), row.get_scheme_display(), row.note)]


def _window(row: Any) -> list[Any]:
    return [words.window(row), lines(row.get_population_display(), row.note)]


def _effect(row: Any) -> list[Any]:
    how = ", ".join(part for part in (row.frequency, row.severity) if part)
    return [row.get_kind_display(), lines(f"{row.name} ({how})" if how else row.name, row.note)]


def _disagreement(row: Any) -> list[Any]:
    return [lines(row.topic, row.note), positions(row)]


def _step(row: Any) -> list[Any]:
    review = f"after {row.review_after_weeks} weeks" if row.review_after_weeks else "not said"
    return [f"{row.ordinal}. {row.name}", row.enter_when, lines(*words.options(row)), review]
