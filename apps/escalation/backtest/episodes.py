"""How a criterion would have gone for one patient: when it is opened, raised and ended. A pure play of what looks have found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from apps.escalation.operations.evaluating import MOMENTS
from apps.nudges.models import RANK, Severity


class End(StrEnum):
    """What ends an episode. People's own closing is not replayed: what only a person ends is taken to be closed by one as soon as
    it does not hold any more, or cannot be judged any more.
    """

    CLEARED = "cleared"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    LEFT = "left"


@dataclass(frozen=True)
class Asked:
    """People are asked: the first discipline of the criterion, and those that are told. Evidence that is added asks nobody."""

    at: datetime
    severity: str
    first: str
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """A fact that holds it up: when it was true and when it came to be known; `context` is no news by itself."""

    effective_at: datetime
    recorded_at: datetime
    context: bool = False


@dataclass
class Episode:
    """From its opening until its end. `asked` has the opening, and one more each time it was raised; `added_at` are the moments
    at which facts were added.
    """

    key: str
    asked: list[Asked]
    facts: dict[UUID, Fact]
    added_at: set[datetime]
    ended_at: datetime | None = None
    end: End | None = None

    @property
    def opened_at(self) -> datetime:
        """When it began."""
        return self.asked[0].at

    @property
    def severity(self) -> str:
        """How much it presses, or pressed at the end."""
        return self.asked[-1].severity

    def overlaps(self, other: "Episode") -> bool:
        """Whether both were open at some moment."""
        mine, others = self.ended_at, other.ended_at
        return (mine is None or other.opened_at <= mine) and (others is None or self.opened_at <= others)


@dataclass(frozen=True)
class Sight:
    """What a look has found about one criterion and key.

    `stands` says of a fact whether it was neither replaced nor wrong then; `fired`, of an earlier moment, whether it would have
    fired there by what stood at this one; `over`, for the time of the last evidence and of the opening, whether the criterion's
    own ending held; `lasted`, for an end, whether the time to act has passed since.
    """

    at: datetime
    fires: bool | None
    asked: Asked
    facts: Mapping[UUID, Fact]
    absence: bool
    muted: bool
    stands: Callable[[UUID], bool]
    fired: Callable[[datetime], bool]
    over: Callable[[datetime, datetime], bool]
    lasted: Callable[[datetime], bool]


@dataclass
class Course:
    """One criterion and key through time. `held_back` counts the looks at which a mute alone kept it from being opened."""

    key: str
    by_person: bool
    episodes: list[Episode] = field(default_factory=list)
    held_back: bool = False

    @property
    def open(self) -> Episode | None:
        """The episode that goes on."""
        last = self.episodes[-1] if self.episodes else None
        return last if last is not None and last.end is None else None

    def look(self, sight: Sight, *, excluded: Callable[[], bool]) -> None:
        """Go on by one look. `excluded`: whether a sharper criterion fires."""
        episode = self.open
        if episode is not None:
            self._go_on(episode, sight)
        elif sight.fires and self._may_open(sight) and not excluded():
            self._open(sight)

    def leave(self, at: datetime) -> None:
        """The patient is in care no longer."""
        if self.open is not None:
            _end(self.open, End.LEFT, at)

    def _open(self, sight: Sight) -> None:
        if sight.muted and sight.asked.severity != Severity.EMERGENCY:
            self.held_back = True
            return
        self.episodes.append(Episode(self.key, [sight.asked], dict(sight.facts), {sight.at}))

    def _go_on(self, episode: Episode, sight: Sight) -> None:
        if sight.fires:
            _add(episode, sight)
        if _is_over(episode, sight):
            _end(episode, End.CLEARED, sight.at)
        elif sight.fires:
            if RANK[sight.asked.severity] < RANK[episode.severity]:
                episode.asked.append(sight.asked)
        elif _is_lost(episode, sight):
            _end(episode, End.WITHDRAWN, sight.at)
        elif self.by_person:
            _end(episode, End.CLOSED, sight.at)

    def _may_open(self, sight: Sight) -> bool:
        """After an end only for a reason: a fact that came to be known, or came true, since, or counts only since then; an ending
        that does not hold any more; or an absence that has lasted on for the time to act. What was withdrawn, or who came back,
        stands in nobody's way.
        """
        ends = [one for one in self.episodes if one.end not in {End.WITHDRAWN, End.LEFT}]
        last = ends[-1] if ends else None
        if last is None or last.ended_at is None or (last.end == End.CLEARED and not _is_over(last, sight)):
            return True
        ended, used = last.ended_at, {pk for one in ends for pk in one.facts}
        facts = {pk: fact for pk, fact in sight.facts.items() if not fact.context}
        fresh = [fact for pk, fact in facts.items() if pk not in used]
        if any(max(fact.recorded_at, fact.effective_at) > ended for fact in fresh):
            return True
        if fresh and not sight.fired(ended):
            return True
        return last.end == End.CLOSED and (sight.absence or not facts) and sight.lasted(ended)


def _add(episode: Episode, sight: Sight) -> None:
    """New facts, and with them their circumstances: those alone are no news."""
    new = {pk for pk, fact in sight.facts.items() if not fact.context} - set(episode.facts)
    if new or not episode.facts:
        episode.facts |= {pk: fact for pk, fact in sight.facts.items() if pk not in episode.facts}
        episode.added_at.add(sight.at)


def _is_over(episode: Episode, sight: Sight) -> bool:
    """Whether its own condition ends it: only what comes after the last evidence that stands can."""
    standing = [fact.effective_at for pk, fact in episode.facts.items() if not fact.context and sight.stands(pk)]
    return sight.over(max(standing, default=episode.opened_at), episode.opened_at)


def _is_lost(episode: Episode, sight: Sight) -> bool:
    """Whether something it rested on does not stand any more, and nothing else, a corrected value for one, holds it up."""
    if all(sight.stands(pk) for pk in episode.facts):
        return False
    return not any(sight.fired(moment) for moment in sorted(episode.added_at)[-MOMENTS:])


def _end(episode: Episode, end: End, at: datetime) -> None:
    episode.end, episode.ended_at = end, at
