"""Words about who the patient is, what is taken, how it has helped, and what is due. Plans compute; nothing is computed twice."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from apps.escalation.answers.base import plain, told
from apps.escalation.answers.measures import Measures
from apps.escalation.picture.needs import ILD
from apps.plans import monitoring, reviews
from apps.plans.courses import STEROID, Unsaid
from apps.plans.followed import runs
from apps.plans.operations.upkeep import EYE_RISK_DOSE, HCQ
from apps.plans.panels import Done
from apps.plans.picture import EGFR_OF_EYE_RISK, ILD_ANTIBODIES, populations


class Treatment(Measures):
    """Who, what is taken, and what follows from it."""

    def adult(self) -> bool:
        """Onset as an adult, and of age."""
        return self._of_person("adult onset, 18 or older", self.picture.adult)

    def jdm(self) -> bool:
        """Juvenile onset."""
        return self._of_person("juvenile onset", self.picture.person.onset == "juvenile")

    def onset(self) -> str:
        """The class of onset."""
        self.note(f"onset is {self.picture.person.onset}")
        return self.picture.person.onset

    def phenotype(self) -> str:
        """The phenotype."""
        self.note(f"the phenotype is {self.picture.person.phenotype}")
        return self.picture.person.phenotype

    def sex(self) -> str:
        """Administrative gender."""
        self.note(f"the patient is {self.picture.person.sex}")
        return self.picture.person.sex

    def days_since_diagnosis(self) -> float:
        """Whole days."""
        day = self.picture.person.diagnosed_on
        if day is None:
            raise self.unknown("the date of the diagnosis")
        days = (self.picture.today - day).days
        self.note(f"the diagnosis is {days} days old", absence=True)
        return float(days)

    def active(self, group: str, tail: str = "") -> bool:
        """Whether it is taken."""
        found = self.picture.courses.active(group, self.picture.today, int(tail[:-1]) if tail else 0)
        name = _said(group)
        self.note(
            f"{_list(found)} is taken{' or was until lately' if tail else ''}" if found else f"no {name} is taken"
        )
        return bool(found)

    def days_on(self, group: str) -> float:
        """Whole days since the course that goes on began."""
        start = self.picture.courses.started(group, self.picture.today)
        if start is None:
            raise self.unknown(f"{_said(group)} (not taken)")
        days = (self.picture.today - start).days
        self.note(f"{_said(group)} has been taken for {days} days, since {_day(start)}", absence=True)
        return float(days)

    def dose_mg_day(self, medicine: str) -> float:
        """What is taken a day."""
        amount = self.picture.courses.mg_per_day(medicine, self.picture.today, self.body)
        if amount is None:
            raise self.unknown(f"a weight to tell the dose of {_said(medicine)}")
        self.note(f"{_said(medicine)} {plain(amount)} mg a day is taken")
        return told(amount)

    def dose_mg_kg_day(self, medicine: str) -> float:
        """The same for each kg."""
        amount, body = self.picture.courses.mg_per_day(medicine, self.picture.today, self.body), self.body
        weight = body.on(self.picture.today).weight_kg
        if amount is None or not weight:
            raise self.unknown(f"a weight to tell the dose of {_said(medicine)}")
        found = amount / Fraction(weight)
        self.note(f"{_said(medicine)} {plain(amount)} mg a day is {plain(found)} mg/kg at {plain(weight)} kg")
        return told(found)

    def prednisone_mg_day(self) -> float:
        """All systemic steroids."""
        amount = self.picture.courses.prednisone_mg(self.picture.today, self.body)
        if amount is None:
            raise self.unknown("a weight to tell the dose of steroids")
        self.note(f"steroids come to {plain(amount)} mg of prednisone a day")
        return told(amount)

    def days_on_strong_steroid(self, mg_per_kg: float) -> float:
        """Whole days since the course began in which so much was reached."""
        dose = Decimal(str(mg_per_kg))
        try:
            start = self.picture.courses.strong_steroid_course(dose, self.picture.today, self.body)
        except Unsaid:
            raise self.unknown("a weight to tell the dose of steroids") from None
        if start is None:
            raise self.unknown(f"a course of steroids of {plain(dose)} mg/kg a day or a pulse")
        days = (self.picture.today - start).days
        self.note(f"steroids have been taken for {days} days, since {_day(start)}", absence=True)
        return float(days)

    def immunosuppressed(self) -> bool:
        """Whether immunity is suppressed."""
        why = self.picture.courses.immunosuppressed(self.picture.today, self.body)
        words = _list(["steroids" if code == STEROID else code for code in why])
        self.note(f"immunity is suppressed by {words}" if why else "immunity is not suppressed by a medicine")
        return bool(why)

    def tis(self, group: str, window: str = "") -> float:
        """The improvement score since the last course began."""
        found = self._response(group, window)
        if found.value is None:
            raise self.unknown(f"a complete core set{_later(window)}: {', '.join(found.missing)}")
        after = [self.fact_of(one) for one in found.after.values()]
        before = [self.fact_of(one) for one in found.before.values()]
        day = f" of {_day(found.on)}" if found.on is not None else ""
        self.note(f"the Total Improvement Score{day} is {plain(found.value)}", *after, context=before)
        return told(found.value)

    def no_tis(self, group: str, window: str = "") -> bool:
        """Whether that cannot be computed."""
        found = self._response(group, window)
        lacks = found.value is None
        words = f"there is no complete core set{_later(window)}" if lacks else "the improvement score is there"
        self.note(words, absence=lacks)
        return lacks

    def overdue(self, panel: str) -> bool:
        """Whether a panel is overdue. Raises Missing where that hangs on the date of the diagnosis and nobody knows it."""
        found = self._due(panel, self.dues)
        if found is None:
            if self.picture.person.diagnosed_on is None and self._due(
                panel, self._dues(self.picture.person.birth_date)
            ):
                raise self.unknown("the date of the diagnosis")
            self.note(f"{_said(panel)} is not overdue")
            return False
        last = f"last done on {_day(found.last_on)}" if found.last_on is not None else "never done"
        self.note(f"{found.panel.name} has been overdue since {_day(found.overdue_from)}, {last}", absence=True)
        return True

    def _due(self, panel: str, dues: Sequence[monitoring.Due]) -> monitoring.Due | None:
        return next((one for one in dues if one.panel.code == panel and one.overdue(self.picture.today)), None)

    @cached_property
    def dues(self) -> list[monitoring.Due]:
        """What is due, by the schedules in force."""
        return self._dues(self.picture.person.diagnosed_on)

    def _dues(self, diagnosed_on: date | None) -> list[monitoring.Due]:
        picture, knowledge = self.picture, self.picture.knowledge
        if knowledge is None:
            return []
        ild = [
            fact for fact in picture.of("condition", ILD) if fact.resolved_at is None or fact.resolved_at > picture.at
        ]
        return monitoring.dues(
            self._running(), phenotype=picture.person.phenotype,
            populations=populations(picture.person, picture.today), has_ild=bool(ild),
            ild_since=min((picture.day_of(fact.effective_at) for fact in ild), default=None),
            ild_risk=any(fact.value == "positive" for code in ILD_ANTIBODIES for fact in picture.of("antibody", code)),
            diagnosed_on=diagnosed_on, schedules=knowledge.schedules, scheme=picture.person.scheme,
            flags=self._eye_flags(), done=self._done(), on=picture.today,
        )  # fmt: skip

    def _running(self) -> list[monitoring.Running]:
        picture, known = self.picture, self.picture.knowledge
        starts = runs(picture.steps(ends=False), picture.today)
        suppressing = set(picture.courses.immunosuppressed(picture.today, self.body))
        return [
            monitoring.Running(
                code, medicine.klass,
                medicine.immunosuppressant or (STEROID in suppressing and medicine.prednisone_factor is not None),
                run.first, None, run.dose_changed_on,
            )
            for code, run in starts.items()
            if known is not None and (medicine := known.medicines.get(code)) is not None
            and picture.courses.active(code, picture.today)
        ]  # fmt: skip

    def _eye_flags(self) -> frozenset[str]:
        """As plans have it: eyes are at risk under a high dose, or with poor kidneys; what cannot be told counts as a risk."""
        rows = self.values("egfr")
        poor = bool(rows) and rows[0].value < EGFR_OF_EYE_RISK
        taken = self.picture.courses.active(HCQ, self.picture.today)
        amount = self.picture.courses.mg_per_day(HCQ, self.picture.today, self.body) if taken else Fraction(0)
        weight = self.body.on(self.picture.today).weight_kg
        much = bool(taken) and (amount is None or not weight or amount / Fraction(weight) > EYE_RISK_DOSE)
        return frozenset({"hcq_risk" if poor or much else "hcq_no_risk"})

    def _done(self) -> dict[str, Done]:
        """What was done last of each measure and assessment."""
        picture, found = self.picture, {}
        for fact in reversed(picture.facts):
            if fact.kind in {"observation", "assessment"}:
                found[fact.code] = Done(fact.code, fact.kind, picture.day_of(fact.effective_at))
        return found

    def _response(self, group: str, window: str) -> reviews.Comparison:
        start = self.course_start(group)
        series = {code: self.measured(code) for code in reviews.measures_of(reviews.TIS)}
        since = start + timedelta(days=int(window[:-1])) if window else None
        return reviews.compare(
            series,
            score=reviews.TIS,
            started_on=start,
            onset=self.picture.person.onset,
            on=self.picture.today,
            since=since,
        )

    def _of_person(self, words: str, holds: bool) -> bool:
        self.note(words if holds else f"not {words}")
        return holds


def _later(window: str) -> str:
    return f" dated {window[:-1]} days after the start or later" if window else ""


def _said(code: str) -> str:
    return code.replace("_", " ")


def _list(codes: Any) -> str:
    return ", ".join(_said(code) for code in codes)


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day is not None else ""
