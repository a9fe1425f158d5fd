"""What judging needs beside the facts: versions, sites' own values, when sites work, what was muted, and who had left when."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from uuid import UUID

from apps.accounts.models import Site
from apps.escalation import looking
from apps.escalation.backtest.figures import Gone
from apps.escalation.backtest.moments import Clock, clock_of, moments
from apps.escalation.backtest.walking import Setting, Span, Tried, Walk
from apps.escalation.evaluator import Judge
from apps.escalation.models import CriterionVersion
from apps.escalation.picture import History, Needs, Picture, history
from apps.nudges import ladder
from apps.nudges.times import Calendar
from apps.patients.models import Mute, Patient


@dataclass
class Court:
    """Judges patients by a version and, beside it, by the active one."""

    version: CriterionVersion

    @cached_property
    def rival(self) -> CriterionVersion | None:
        """The active version, if it is another one."""
        rows = self.version.criterion.versions.filter(state=CriterionVersion.State.ACTIVE).exclude(pk=self.version.pk)
        return rows.select_related("criterion").first()

    def batch(self, patients: Sequence[UUID], since: datetime, until: datetime) -> Iterator[tuple[Gone, Gone | None]]:
        """How it went for each of these patients, by the version and by the active one."""
        histories = history(patients, until, self._needs, self._rules.knowledge)
        settings = self._settings(histories)
        for patient_id, one in histories.items():
            setting = settings[patient_id]
            walks = [Walk(one, tried, setting) for tried in self._tried[one.person.site_id]]
            self._walk(one, walks, setting, since, until)
            gone = [walk.gone(since) for walk in walks]
            yield gone[0], gone[1] if len(gone) > 1 else None

    def _walk(self, one: History, walks: Sequence[Walk], setting: Setting, since: datetime, until: datetime) -> None:
        left_at = setting.left_at if setting.left_at is not None and setting.left_at <= until else None
        end, eyes = left_at or until, Eyes(one, walks)
        turns = [ends_at for _, ends_at in setting.muted]
        for moment in moments(
            one, self._clock, registered_at=setting.registered_at, since=since, until=end, turns=turns
        ):
            eyes.until(moment.at, since)
            eyes.look(moment.at, changed=moment.changed)
        eyes.until(end, since)
        if left_at is not None:
            for walk in walks:
                walk.leave(left_at)

    @cached_property
    def _rules(self) -> looking.Rules:
        """The version, the active one, and what they stand back behind, with every site's own values."""
        run = [self.version] if self.rival is None else [self.version, self.rival]
        codes = {code for one in run for code in one.excludes}
        rows = CriterionVersion.objects.filter(state=CriterionVersion.State.ACTIVE, criterion__code__in=codes)
        return looking.rules([*run, *rows.exclude(pk__in=[one.pk for one in run]).select_related("criterion")])

    @cached_property
    def _tried(self) -> dict[UUID, list[Tried]]:
        """The versions that are run, as they are applied at each site."""
        return {site: self._at(site) for site in self._calendars}

    def _at(self, site: UUID) -> list[Tried]:
        ruled = self._rules.at(site)
        others = [ruling for version, ruling in ruled if version.criterion_id != self.version.criterion_id]
        return [
            Tried(version, ruling, [one for one in others if one.code in version.excludes])
            for version, ruling in ruled
            if version.criterion_id == self.version.criterion_id
        ]

    @cached_property
    def _needs(self) -> Needs:
        return self._rules.needs(self._calendars)

    @cached_property
    def _clock(self) -> Clock:
        """How time alone can change what any of them says. Sharper ones count: they hold back as long as they fire."""
        found = Clock()
        for site in self._calendars:
            for _, ruling in self._rules.at(site):
                for text in ruling.expressions:
                    found |= clock_of(text, ruling.spans)
        return found

    @cached_property
    def _calendars(self) -> dict[UUID, Calendar]:
        return {site.pk: ladder.calendar_of(site) for site in Site.objects.all()}

    def _settings(self, histories: Mapping[UUID, History]) -> dict[UUID, Setting]:
        muted: dict[UUID, list[Span]] = defaultdict(list)
        for row in Mute.objects.filter(patient__in=histories, topic=self.version.criterion.code):
            muted[row.patient_id].append((row.starts_at, row.ends_at))
        rows = Patient.objects.filter(pk__in=histories).values_list(
            "pk", "site_id", "recorded_at", "status", "status_at"
        )
        return {
            pk: Setting(
                self._calendars[site], registered_at, muted[pk], status_at if status != Patient.Status.ACTIVE else None
            )
            for pk, site, registered_at, status, status_at in rows
        }


@dataclass
class Eyes:
    """Looks at one history for all walks, so that they see the same picture."""

    history: History
    walks: Sequence[Walk]
    seen: Picture | None = None
    turn: datetime | None = None

    def look(self, at: datetime, *, changed: bool = False) -> None:
        """Let all look; where nothing came to be known since the last look, only the time is another one."""
        self.seen = self.history.as_of(at) if changed or self.seen is None else replace(self.seen, at=at)
        judge = Judge(self.seen)
        for walk in self.walks:
            walk.look(judge)
        turns = [walk.turns_at for walk in self.walks if walk.turns_at is not None and walk.turns_at > at]
        self.turn = min(turns, default=None)

    def until(self, before: datetime, since: datetime) -> None:
        """Look at every moment of the period at which an exact clock runs out before the next look."""
        while self.turn is not None and since <= self.turn < before:
            self.look(self.turn)
