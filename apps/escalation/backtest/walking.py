"""Walking through one patient's history with one version of a criterion: what it would have opened, look by look."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from uuid import UUID

import structlog

from apps.escalation.backtest.episodes import Asked, Course, Fact, Sight
from apps.escalation.backtest.figures import Gone
from apps.escalation.evaluator import Judge, Judgement
from apps.escalation.language import BY_PERSON
from apps.escalation.models import FACTS, CriterionVersion
from apps.escalation.operations.matters import asks_of
from apps.escalation.picture import History
from apps.escalation.rulings import Ruling
from apps.nudges import times
from apps.nudges.ladder import ON_CALL_FIRST
from apps.nudges.models import RANK
from apps.nudges.times import Calendar

log = structlog.get_logger(__name__)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Tried:
    """A version with a site's own values in place, and the active wordings of what it stands back behind."""

    version: CriterionVersion
    ruling: Ruling
    sharper: Sequence[Ruling] = ()


@dataclass(frozen=True)
class Setting:
    """What beside the facts decides: when the site works, since when there is a record, when this was muted, and since when the
    patient is gone.
    """

    calendar: Calendar
    registered_at: datetime
    muted: Sequence[Span] = ()
    left_at: datetime | None = None

    def mutes(self, at: datetime) -> bool:
        """Whether the team did not want to be asked then."""
        return any(start <= at < end for start, end in self.muted)


@dataclass
class Walk:
    """One version on its way through one history."""

    history: History
    tried: Tried
    setting: Setting
    courses: dict[str, Course] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    turns_at: datetime | None = None
    fault: str = ""

    def look(self, judge: Judge) -> None:
        """Go on by one look. A fault of the criterion ends the walk and is kept."""
        if self.fault:
            return
        try:
            self._look(judge)
        except Exception as error:
            log.exception("a criterion failed in a backtest", criterion=self.tried.ruling.code)
            # Which fault it was, without its words: they may name a patient, and whoever reads this may not see them.
            self.fault = f"{type(error).__module__}.{type(error).__qualname__}"

    def leave(self, at: datetime) -> None:
        """The patient is in care no longer: nobody is asked about them."""
        for course in self.courses.values():
            course.leave(at)
        self.missing = ()

    def gone(self, since: datetime) -> Gone:
        """How it went; what was open when the period began is kept apart, what had ended by then is left out."""
        episodes = [one for course in self.courses.values() for one in course.episodes]
        before = [one for one in episodes if one.opened_at <= since and (one.ended_at is None or one.ended_at > since)]
        opened = sorted((one for one in episodes if one.opened_at > since), key=lambda one: one.opened_at)
        person = self.history.person
        held_back = any(course.held_back for course in self.courses.values())
        return Gone(person.patient_id, person.zone, opened, before, self.missing, held_back, self.fault)

    def _look(self, judge: Judge) -> None:
        ruling = self.tried.ruling
        missing: list[str] = []
        turns: list[datetime] = []
        going_on = (key for key, course in self.courses.items() if course.open)
        for key in dict.fromkeys((*judge.keys(ruling), *going_on)):
            judgement = judge.judge(ruling, key)
            missing += judgement.missing if judgement.fires is None else ()
            turns += [judgement.turns_at] if judgement.turns_at is not None else []
            course = self.courses.setdefault(key, Course(key, ruling.clears == BY_PERSON))
            if not judgement.fires and not course.open:
                continue
            course.look(self._sight(judge, key, judgement), excluded=partial(self._excluded, judge, key))
        self.missing = tuple(dict.fromkeys(missing))
        self.turns_at = min(turns, default=None)

    def _sight(self, judge: Judge, key: str, judgement: Judgement) -> Sight:
        at, setting, ruling = judge.picture.at, self.setting, self.tried.ruling
        variant = dict(judgement.variant or {})
        asks = asks_of(self.tried.version, variant)
        severity = min(ruling.severity, variant.get("severity", ruling.severity), key=lambda one: RANK[one])
        return Sight(
            at, judgement.fires,
            Asked(at, severity, _plainly(asks["asks"][0]), tuple(_plainly(one) for one in asks["informs"])),
            _facts(judgement),
            judgement.absence, setting.mutes(at), lambda pk: self._stands(pk, at),
            lambda moment: _at(judge, moment).judge(ruling, key).fires is True,
            lambda since, opened: judge.clears(ruling, since=since, opened_at=opened, key=key) is not None,
            lambda ended: at >= times.after(ended, self.tried.version.act_within, setting.calendar),
        )  # fmt: skip

    def _stands(self, pk: UUID, at: datetime) -> bool:
        gone_at = self._gone[pk]
        return gone_at is None or gone_at > at

    @cached_property
    def _gone(self) -> Mapping[UUID, datetime | None]:
        return {fact.id: fact.gone_at for fact in self.history.facts}

    def _excluded(self, judge: Judge, key: str) -> bool:
        """Whether a sharper criterion that is switched on fires, for the same key or for the patient as a whole."""
        return any(
            judge.judge(one, other).fires
            for one in self.tried.sharper
            for other in judge.keys(one)
            if not other or not key or other == key
        )


def _at(judge: Judge, moment: datetime) -> Judge:
    """What is known at the present look, as it looked at an earlier moment."""
    now = judge.picture
    facts = tuple(fact for fact in now.facts if fact.effective_at <= moment)
    return Judge(
        replace(now, at=moment, facts=facts, followed=tuple(one for one in now.followed if one.since <= moment))
    )


def _facts(judgement: Judgement) -> dict[UUID, Fact]:
    """What is written down as evidence."""
    found = {
        one.id: Fact(one.effective_at, one.recorded_at, context=True) for one in judgement.context if one.kind in FACTS
    }
    return found | {one.id: Fact(one.effective_at, one.recorded_at) for one in judgement.evidence if one.kind in FACTS}


def _plainly(discipline: str) -> str:
    """Without saying that whoever is on call comes first."""
    return discipline.removesuffix(ON_CALL_FIRST)
