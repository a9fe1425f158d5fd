"""Words about findings, complications, assessments, antibodies and referrals. What is not recorded of these is not there."""

from decimal import Decimal

from apps.escalation.answers.base import Answers, long, named
from apps.escalation.picture import Known

#: `dysphagia_active` (C.0): from these values on, each at any time of the last 90 days. P-EAT, P-FOIS, P-3OZ.
SWALLOW_WINDOW = "90d"
EAT10_FROM, FOIS_TO, FAILED = Decimal(3), Decimal(5), "fail"
DYSPHAGIA, SPEECH_THERAPY = "dysphagia", "slt"


class Conditions(Answers):
    """What was found and judged."""

    def finding(self, concept: str, window: str = "") -> bool:
        """Whether one is there."""
        return self._there("finding", concept, window)

    def complication(self, concept: str, window: str = "") -> bool:
        """Whether one is there."""
        return self._there("complication", concept, window)

    def severe(self, concept: str) -> bool:
        """Whether one is there and severe."""
        rows = [fact for fact in self.open_conditions(concept) if fact.severity == "severe"]
        self._say(concept, rows, "severe ")
        return bool(rows)

    def resolved(self, concept: str, discipline: str = "") -> bool:
        """Whether it was declared over after the last evidence, by a statement made since the escalation is open."""
        rows = self.resolutions(concept, discipline)
        rows = [fact for fact in rows if self.since is None or fact.effective_at >= self.since]
        rows = [fact for fact in rows if self.opened_at is None or fact.recorded_at >= self.opened_at]
        for fact in rows[:1]:
            self.note(f"{fact.name} resolved on {self.when(fact.effective_at)}, by {fact.discipline}", *rows)
        if not rows:
            self.note(f"{named(concept)} was not declared over")
        return bool(rows)

    def resolutions(self, concept: str, discipline: str = "") -> list[Known]:
        """The statements that it is over, the most recent first."""
        rows = self.picture.of("resolution", concept)
        return [fact for fact in rows if not discipline or fact.discipline == discipline]

    def result(self, kind: str, window: str = "") -> str:
        """What the most recent assessment of a kind found."""
        rows = [fact for fact in self.within(self.picture.of("assessment", kind), window) if fact.value]
        if not rows:
            raise self.unknown(f"a result of {named(kind, self.picture.of('assessment', kind))}{long(window)}")
        self.note(f"{rows[0].name} is {rows[0].value} ({self.when(rows[0].effective_at)})", rows[0])
        return str(rows[0].value)

    def antibody(self, code: str) -> str:
        """The result of the most recent test."""
        rows = self.picture.of("antibody", code)
        if not rows:
            raise self.unknown(
                f"a test for {code.upper() if len(code) <= len('tif1g') else code.replace('_', ' ')} antibodies"
            )
        self.note(f"{rows[0].name} is {rows[0].value} ({self.when(rows[0].effective_at)})", context=[rows[0]])
        return str(rows[0].value)

    def open_referral(self, discipline: str) -> bool:
        """Whether somebody of the discipline is to see the patient; what nobody has sent is none."""
        rows = self.picture.of("referral", discipline)
        said = f"since {self.when(rows[0].effective_at)}" if rows else ""
        self.note(
            f"the patient is referred to {discipline} {said}" if rows else f"there is no open referral to {discipline}"
        )
        return bool(rows)

    def dysphagia_active(self) -> bool:
        """Whether swallowing counts as impaired."""
        over = max((fact.effective_at for fact in self.resolutions(DYSPHAGIA, SPEECH_THERAPY)), default=None)
        found = [fact for fact in self._swallowing() if over is None or fact.effective_at > over]
        rows = sorted(found, key=lambda fact: fact.effective_at, reverse=True)
        if rows:
            self.note(f"swallowing counts as impaired by {self.dated(rows[0])}", context=rows)
        else:
            self.note("swallowing does not count as impaired")
        return bool(rows)

    def _swallowing(self) -> list[Known]:
        scores = self.within(self.picture.of("observation", "eat10"), SWALLOW_WINDOW)
        tests = self.within(self.picture.of("observation", "wst3oz"), SWALLOW_WINDOW)
        intake = self.within(self.picture.of("observation", "fois"), SWALLOW_WINDOW)
        return [
            *[fact for fact in scores if fact.value >= EAT10_FROM],
            *[fact for fact in tests if fact.value == FAILED],
            *[fact for fact in intake if fact.value <= FOIS_TO],
            *self.open_conditions(DYSPHAGIA),
        ]

    def _there(self, category: str, concept: str, window: str) -> bool:
        rows = [fact for fact in self.open_conditions(concept) if fact.category == category]
        rows = self.within(rows, window)
        self._say(concept, rows, "", window)
        return bool(rows)

    def _say(self, concept: str, rows: list[Known], how: str, window: str = "") -> None:
        if rows:
            self.note(f"{rows[0].words} is recorded ({self.when(rows[0].effective_at)})", *rows)
        else:
            self.note(f"no {how}{named(concept)} is recorded{long(window)}")

    def open_conditions(self, concept: str) -> list[Known]:
        """What is recorded under a concept and not over."""
        at = self.picture.at
        rows = self.picture.of("condition", concept)
        return [fact for fact in rows if fact.resolved_at is None or fact.resolved_at > at]
