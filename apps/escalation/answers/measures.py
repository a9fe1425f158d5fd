"""Words about measured values. All arithmetic is exact; see `told` for how its results are compared."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from apps.escalation import units
from apps.escalation.answers.base import MICROSECOND, Answers, long, named, plain, told
from apps.escalation.picture import Known
from apps.knowledge.scoring.body import WEIGHT_KG
from apps.plans import reviews
from apps.plans.dosing import Body
from apps.plans.dosing.orders import WEIGHT_HOLDS_DAYS

MILLILITRES = 1000
CENTIMETRES = 100
INFINITIVE = {"fell": "fall", "rose": "rise"}
WEIGHT_WINDOW = f"{WEIGHT_HOLDS_DAYS}d"


class Measures(Answers):
    """What was measured."""

    def latest(self, measure: str, window: str = "") -> Any:
        """The most recent value."""
        fact = self._last(measure, window)
        self.note(f"{fact.name} is {_value(fact)} ({self.when(fact.effective_at)})", fact)
        return _shown(fact)

    def prior(self, measure: str, window: str = "") -> Any:
        """The value before the most recent one."""
        fact = self._before(measure, window)
        self.note(f"{fact.name} was {_value(fact)} ({self.when(fact.effective_at)})", context=[fact])
        return _shown(fact)

    def base(self, measure: str, medicine: str = "") -> float:
        """The baseline, or the value at the start of a medicine."""
        fact = self._at_start(measure, medicine) if medicine else self._base(measure)
        self.note(f"{fact.name} was {_value(fact)} at the beginning ({self.when(fact.effective_at)})", fact)
        return told(fact.value)

    def hi(self, measure: str, window: str) -> float:
        """The highest value but for the most recent one."""
        return self._other(measure, window, max)

    def lo(self, measure: str, window: str) -> float:
        """The lowest value but for the most recent one."""
        return self._other(measure, window, min)

    def highest(self, measure: str, window: str) -> float:
        """The highest value."""
        return self._extreme(measure, window, max, "reached")

    def lowest(self, measure: str, window: str) -> float:
        """The lowest value."""
        return self._extreme(measure, window, min, "fell to")

    def drop(self, measure: str, window: str) -> float:
        """By how much the most recent value lies under the highest one."""
        last, best = self._last(measure), self._of_others(measure, window, max)
        return self._change(best, last, Fraction(best.value) - Fraction(last.value), "fell")

    def rise(self, measure: str, window: str) -> float:
        """By how much the most recent value lies over the lowest one."""
        last, best = self._last(measure), self._of_others(measure, window, min)
        return self._change(best, last, Fraction(last.value) - Fraction(best.value), "rose")

    def loss_percent(self, measure: str, window: str) -> float:
        """The same in percent of the highest one."""
        last, best = self._last(measure), self._of_others(measure, window, max)
        if best.value <= 0:
            raise self.unknown(f"{best.name} above zero{long(window)}")
        lost = (Fraction(best.value) - Fraction(last.value)) / Fraction(best.value) * 100
        return self._change(best, last, lost, "fell", " %")

    def ratio(self, measure: str, window: str) -> float:
        """The most recent value as a multiple of the lowest one."""
        last, best = self._last(measure), self._of_others(measure, window, min)
        if best.value <= 0:
            raise self.unknown(f"{best.name} above zero{long(window)}")
        times = Fraction(last.value) / Fraction(best.value)
        self.note(f"{self._from_to(best, last)}, {plain(times)} times as much", last, context=[best])
        return told(times)

    def stepped_up(self, measure: str, window: str) -> float:
        """The largest rise from one value to the next, the later one in the window."""
        rows = self.values(measure)
        steps = [(old, new) for new, old in pairwise(rows) if self.within([new], window)]
        if not steps:
            raise self.unknown(f"two values of {named(measure, rows)}, the later{long(window)}")
        old, new = max(steps, key=lambda step: step[1].value - step[0].value)
        return self._change(old, new, Fraction(new.value) - Fraction(old.value), "rose")

    def drop_from_prior(self, measure: str, window: str = "") -> float:
        """By how much the most recent value lies under the one before."""
        last, before = self._last(measure), self._before(measure, window)
        return self._change(before, last, Fraction(before.value) - Fraction(last.value), "fell")

    def rise_from_prior(self, measure: str, window: str = "") -> float:
        """By how much the most recent value lies over the one before."""
        last, before = self._last(measure), self._before(measure, window)
        return self._change(before, last, Fraction(last.value) - Fraction(before.value), "rose")

    def drop_from_base(self, measure: str, window: str = "") -> float:
        """By how much the most recent value lies under the baseline."""
        last, base = self._last(measure, window), self._base(measure)
        return self._change(base, last, Fraction(base.value) - Fraction(last.value), "fell")

    def rise_from_base(self, measure: str, window: str = "") -> float:
        """By how much the most recent value lies over the baseline."""
        last, base = self._last(measure, window), self._base(measure)
        return self._change(base, last, Fraction(last.value) - Fraction(base.value), "rose")

    def times_limit(self, measure: str, window: str = "") -> float:
        """The most recent value as a multiple of its laboratory's upper limit."""
        fact = self._last(measure, window)
        if fact.limit is None or fact.limit <= 0:
            raise self.unknown(f"the laboratory's limit of {fact.name}")
        times = Fraction(fact.value) / Fraction(fact.limit)
        self.note(
            f"{fact.name} is {plain(times)} times its limit of {plain(fact.limit)} ({self.when(fact.effective_at)})",
            fact,
        )
        return told(times)

    def session_drop(self, start: str, end: str, window: str = "") -> float:
        """How far a value fell within the most recent session that has both."""
        # The oldest of each: what was measured afterwards, when the patient had rested, is no start.
        starts = {fact.session: fact for fact in self.values(start) if fact.session is not None}
        for fact in self.within(self.values(end), window):
            if fact.session in starts:
                first = starts[fact.session]
                fell = Fraction(first.value) - Fraction(fact.value)
                words = f"in one test {first.name} {_value(first)}, {fact.name} {_value(fact)} ({self.when(fact.effective_at)})"
                self.note(words, fact, context=[first])
                return told(fell)
        raise self.unknown(f"{named(start)} and {named(end)} of one test{long(window)}")

    def missing(self, measure: str, window: str = "") -> bool:
        """Whether there is neither a value nor an assessment."""
        rows = [*self.values(measure), *self.picture.of("assessment", measure)]
        there = self.within(rows, window)
        if not there:
            self.note(f"there is no {named(measure, rows)}{long(window)}", absence=True)
            return True
        newest = max(there, key=lambda fact: fact.effective_at)
        if window.endswith("h"):
            self.notes.turns.append(newest.effective_at + timedelta(hours=int(window[:-1])) + MICROSECOND)
        self.note(f"there is {self.dated(newest)}")
        return False

    def days_since(self, measure: str) -> float:
        """Whole days since the last value or assessment."""
        rows = [*self.values(measure), *self.picture.of("assessment", measure)]
        if not rows:
            raise self.unknown(named(measure))
        newest = max(rows, key=lambda fact: fact.effective_at)
        days = self.days_ago(newest)
        self.note(f"the last {named(measure, rows)} is {days} days old", context=[newest], absence=True)
        return float(days)

    def own_target(self, measure: str) -> bool:
        """Whether the team has set a lower bound of its own."""
        found = self.picture.target(measure)
        there = found is not None and found.low is not None
        self.note(
            f"the team has {'set a' if there else 'no'} range of its own for {named(measure, self.values(measure))}"
        )
        return there

    def target_low(self, measure: str) -> float:
        """The lower bound of the team's own range."""
        found = self.picture.target(measure)
        if found is None or found.low is None:
            raise self.unknown(f"the team's own range of {named(measure)}")
        self.note(f"the lower bound of the patient's own range, {plain(found.low)}")
        return told(found.low)

    def body_mass_index(self) -> float:
        """The last one, else from weight and height."""
        recorded = self.within(self.values("bmi"), WEIGHT_WINDOW)
        weights, heights = self.within(self.values("weight"), WEIGHT_WINDOW), self.values("height")
        computable = bool(weights and heights and heights[0].value > 0)
        if recorded and not (computable and weights[0].effective_at > recorded[0].effective_at):
            self.note(
                f"{recorded[0].name} is {_value(recorded[0])} ({self.when(recorded[0].effective_at)})", recorded[0]
            )
            return told(recorded[0].value)
        if not computable:
            raise self.unknown("body mass index, or weight and height")
        metres = Fraction(heights[0].value) / CENTIMETRES
        index = Fraction(weights[0].value) / metres**2
        words = f"body mass index is {plain(index)} kg/m² by {self.dated(weights[0])} and {self.dated(heights[0])}"
        self.note(words, weights[0], context=[heights[0]])
        return told(index)

    def vc_ml_kg(self) -> float:
        """Vital capacity for each kg."""
        volume = self._last("fvc")
        weights = self.within(self.values("weight"), WEIGHT_WINDOW)
        if not weights or weights[0].value <= 0:
            raise self.unknown(f"weight{long(WEIGHT_WINDOW)}")
        found = Fraction(volume.value) * MILLILITRES / Fraction(weights[0].value)
        self.note(f"vital capacity is {plain(found)} mL/kg by {self.dated(volume)}", volume, context=[weights[0]])
        return told(found)

    @property
    def body(self) -> Body:
        """Weight and height as they were measured last; one that no person has is none."""
        weight, height = self.values("weight"), self.values("height")
        low, high = WEIGHT_KG
        usable = bool(weight) and low <= weight[0].value <= high
        return Body(
            weight_kg=weight[0].value if usable else None,
            weight_on=self.picture.day_of(weight[0].effective_at) if usable else None,
            height_cm=height[0].value if height else None,
            height_on=self.picture.day_of(height[0].effective_at) if height else None,
        )

    def course_start(self, medicine: str) -> Any:
        """The first day of the last course of a medicine or group, and None when there was none. Raises Missing."""
        course = self.picture.courses.last_course(medicine, self.picture.today)
        if course is None:
            raise self.unknown(f"a course of {medicine.replace('_', ' ')}")
        return course[0]

    def measured(self, code: str) -> list[reviews.Measured]:
        """The values of a measure as plans compare them."""
        return [
            reviews.Measured(code, fact.value, self.picture.day_of(fact.effective_at), fact.limit)
            for fact in self.values(code)
            if isinstance(fact.value, Decimal)
        ]

    def _last(self, measure: str, window: str = "") -> Known:
        rows = self.values(measure)
        there = self.within(rows[:1], window)
        if not there:
            raise self.unknown(f"{named(measure, rows)}{long(window)}")
        return there[0]

    def _before(self, measure: str, window: str) -> Known:
        rows = self.values(measure)
        there = self.within(rows[1:2], window)
        if not there:
            raise self.unknown(f"an earlier {named(measure, rows)}{long(window)}")
        return there[0]

    def _base(self, measure: str) -> Known:
        rows = self.values(measure)
        if not rows:
            raise self.unknown(f"a baseline of {named(measure)}")
        return next((fact for fact in rows if fact.baseline), rows[-1])

    def _at_start(self, measure: str, medicine: str) -> Known:
        start = self.course_start(medicine)
        found = reviews.base(self.measured(measure), start)
        rows = self.values(measure)
        if found is None:
            raise self.unknown(f"{named(measure, rows)} at the start of {medicine.replace('_', ' ')}")
        return self.fact_of(found)

    def fact_of(self, measured: reviews.Measured) -> Known:
        """The fact that a value of plans came from."""
        rows = self.values(measured.code)
        return next(
            fact
            for fact in rows
            if fact.value == measured.value and self.picture.day_of(fact.effective_at) == measured.on
        )

    def _of_others(self, measure: str, window: str, which: Callable[..., Known]) -> Known:
        rows = self.within(self.values(measure)[1:], window)
        if not rows:
            raise self.unknown(f"an earlier {named(measure, self.values(measure))}{long(window)}")
        return which(rows, key=lambda fact: fact.value)

    def _other(self, measure: str, window: str, which: Callable[..., Known]) -> float:
        fact = self._of_others(measure, window, which)
        self.note(f"{fact.name} was {_value(fact)} ({self.when(fact.effective_at)})", context=[fact])
        return told(fact.value)

    def _extreme(self, measure: str, window: str, which: Callable[..., Known], verb: str) -> float:
        rows = self.within(self.values(measure), window)
        if not rows:
            raise self.unknown(f"{named(measure, self.values(measure))}{long(window)}")
        found = which(rows, key=lambda fact: fact.value)
        self.note(f"{found.name} {verb} {_value(found)} ({self.when(found.effective_at)})", found)
        return told(found.value)

    def _change(self, old: Known, new: Known, size: Fraction, verb: str, unit: str | None = None) -> float:
        words = _unit(new) if unit is None else unit
        change = f"{verb} by {plain(size)}{words}" if size > 0 else f"did not {INFINITIVE[verb]}"
        self.note(f"{self._from_to(old, new)}: it {change}", new, context=[old])
        return told(size)

    def _from_to(self, old: Known, new: Known) -> str:
        start, end = self.when(old.effective_at), self.when(new.effective_at)
        return f"{new.name} went from {_value(old)} ({start}) to {_value(new)} ({end})"


def _shown(fact: Known) -> Any:
    return fact.value if isinstance(fact.value, str | bool) else told(fact.value)


def _unit(fact: Known) -> str:
    return units.behind(fact.unit)


def _value(fact: Known) -> str:
    return fact.words.removeprefix(f"{fact.name}: ")
