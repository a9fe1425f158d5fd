"""When a panel was done last. Standard library and knowledge as values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from apps.knowledge.values import Panel


@dataclass(frozen=True)
class Done:
    """What was done last of one measure (kind observation) or one kind of assessment, and on which day at the site."""

    code: str
    kind: str
    effective_on: date
    words: str = ""


Facts = Mapping[str, Done]


@dataclass(frozen=True)
class PanelState:
    """Since when a panel is done as a whole; None when it never was, and then what is `lacking`."""

    done_on: date | None
    lacking: tuple[str, ...] = ()


def panel_state(panel: Panel, facts: Facts, on: date | None = None) -> PanelState:
    """When a panel was done last, up to a day.

    Of `measures` all are needed and the oldest counts; of `any_of` and of `assessments` one suffices and the newest counts.
    Each of the three by itself is the panel; the newest counts.
    """
    days = {code: fact.effective_on for code, fact in facts.items() if on is None or fact.effective_on <= on}
    found = [
        max(days[code] for code in one) for one in (_there(panel.any_of, days), _there(panel.assessments, days)) if one
    ]
    if panel.measures and all(code in days for code in panel.measures):
        found.append(min(days[code] for code in panel.measures))
    if found:
        return PanelState(max(found))
    return PanelState(
        None, tuple(code for code in panel.measures if code not in days) or (*panel.any_of, *panel.assessments)
    )


def _there(codes: tuple[str, ...], days: Mapping[str, date]) -> tuple[str, ...]:
    return tuple(code for code in codes if code in days)


def last_done(panel: Panel, facts: Facts, on: date | None = None) -> date | None:
    """The day on which a panel was done last, as a whole; None: never."""
    return panel_state(panel, facts, on).done_on
