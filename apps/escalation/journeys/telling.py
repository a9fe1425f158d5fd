"""A journey's timeline as a clinician reads it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from apps.escalation.journeys.comparing import when
from apps.escalation.journeys.events import Event, Unknown
from apps.escalation.journeys.model import CLEARED, CLOSED, ESCALATED, EVIDENCE, OPENED, UPGRADED, WITHDRAWN, Journey

#: The signs of the clinical tables.
SIGNS = {OPENED: "→", EVIDENCE: "+", UPGRADED: "↑", CLEARED: "✓", WITHDRAWN: "✗", CLOSED: "■", ESCALATED: "⇒"}
WORDS = {
    OPENED: "opened", EVIDENCE: "more evidence", UPGRADED: "presses harder", CLEARED: "cleared", WITHDRAWN: "withdrawn",
    CLOSED: "closed", ESCALATED: "the next person is asked",
}  # fmt: skip
INDENT = " " * 22


@dataclass
class Timeline:
    """What was recorded and what happened, as it comes."""

    zone: ZoneInfo
    lines: list[str] = field(default_factory=list)
    _last: datetime | None = None

    def recorded(self, at: datetime, words: str) -> None:
        """Something was recorded."""
        self._line(at, words)

    def happened(self, event: Event) -> None:
        """Something followed."""
        asks = event.kind in {OPENED, UPGRADED}
        more = [event.severity if asks else "", f"for {event.key}" if event.key else "",
                f"{event.asked} is asked" if asks and event.asked else ""]  # fmt: skip
        said = ", ".join([WORDS[event.kind], *[one for one in more if one]])
        self._line(event.at, f"{SIGNS[event.kind]} {event.code} {said}")
        for words in (event.reason, *event.words.splitlines()):
            if words:
                self._line(event.at, f"    {words}")

    def unknown(self, at: datetime, row: Unknown) -> None:
        """Something could not be judged."""
        self._line(at, f"? {row.words}")

    def _line(self, at: datetime, words: str) -> None:
        """The time stands before the first line of a moment only."""
        stamp = when(at, self.zone) if at != self._last else ""
        self._last = at
        self.lines.append(f"{stamp:<22}{words}".rstrip())


def head(journey: Journey, versions: Sequence[str]) -> list[str]:
    """The first lines: what the journey is, about whom, by which criteria."""
    person = journey.patient
    about = [person.sex, f"born {person.birth_date}", f"{person.onset} onset", person.phenotype]
    about += [f"diagnosed {person.diagnosed}"] if person.diagnosed else []
    return [
        f"{journey.id}  {journey.title}",
        f"  {', '.join(about)}; {journey.zone.key}",
        f"  {', '.join(versions) or 'no criterion is switched on'}",
    ]
