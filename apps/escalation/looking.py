"""Looking at a patient: which rules hold at the site, how each stands, when to look again. Leases and clocks are elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction

from apps.accounts.actors import Careteam
from apps.audit import operations as audit
from apps.escalation import operations, own_values, picture, rulings
from apps.escalation.evaluator import Judge, Judgement
from apps.escalation.language import FAULT
from apps.escalation.models import CriterionVersion, Escalation, Watch
from apps.escalation.operations.evaluating import Applied, Found, as_it_was
from apps.escalation.own_values import Own
from apps.escalation.picture import Needs, Picture
from apps.escalation.rulings import Ruling
from apps.knowledge.in_force import everything
from apps.knowledge.values import Catalogue
from apps.patients.models import Patient

log = structlog.get_logger(__name__)

#: When the clock alone looks at everybody, by the site's time.
MORNING = time(6)


@dataclass
class Rules:
    """The versions that are applied, with every site's own values."""

    versions: Sequence[CriterionVersion]
    own: Mapping[tuple[UUID, UUID], Own] = field(default_factory=dict)
    knowledge: Catalogue | None = None
    _of_site: dict[UUID, list[tuple[CriterionVersion, Ruling]]] = field(default_factory=dict)

    def at(self, site_id: UUID) -> list[tuple[CriterionVersion, Ruling]]:
        """Each version as it is applied at a site."""
        if site_id not in self._of_site:
            self._of_site[site_id] = [
                (one, rulings.ruling(one.criterion.code, one, self.own.get((one.criterion_id, site_id))))
                for one in self.versions
            ]
        return self._of_site[site_id]

    def needs(self, sites: Iterable[UUID], opened: Iterable[Escalation] = ()) -> Needs:
        """What has to be read to judge by them at these sites, and to end what is open by its own words."""
        found = [ruling for site in sites for _, ruling in self.at(site)]
        return rulings.needs([*found, *[as_it_was(row) for row in opened]], self.knowledge)


def rules(versions: Sequence[CriterionVersion] | None = None) -> Rules:
    """The rules that hold: the versions that are switched on, or these."""
    chosen = active_versions() if versions is None else versions
    return Rules(chosen, own_values.in_force([one.criterion_id for one in chosen]), everything())


def active_versions() -> list[CriterionVersion]:
    """The criteria that are switched on."""
    rows = CriterionVersion.objects.filter(state=CriterionVersion.State.ACTIVE).select_related("criterion")
    return list(rows.order_by("criterion__code"))


def open_rows(patients: Sequence[UUID]) -> dict[UUID, list[Escalation]]:
    """What is open for these patients, by patient."""
    found: dict[UUID, list[Escalation]] = {}
    rows = Escalation.objects.filter(patient__in=patients, state=Escalation.State.OPEN)
    for row in rows.select_related("criterion_version__criterion"):
        found.setdefault(row.patient_id, []).append(row)
    return found


def found_in(seen: Picture, judge: Judge, held: Rules) -> list[Found]:
    """How every criterion stands for a patient; for one who is not in our care none does."""
    if seen.person.status != Patient.Status.ACTIVE:
        return []
    return [
        Found(version, ruling, key, *_judgement(judge, ruling, key))
        for version, ruling in held.at(seen.person.site_id)
        for key in _keys(judge, ruling)
    ]


def _keys(judge: Judge, ruling: Ruling) -> tuple[str, ...]:
    try:
        return judge.keys(ruling)
    except Exception:
        # Then judging it without a key fails as loudly, and is counted as the fault that it is.
        log.exception(
            "the keys of a criterion cannot be told", criterion=ruling.code, patient=str(judge.picture.patient_id)
        )
        return ("",)


def _judgement(judge: Judge, ruling: Ruling, key: str) -> tuple[Judgement, str]:
    """How one criterion stands; one that fails must not silence the others, and is loud about it."""
    try:
        return judge.judge(ruling, key), ""
    except Exception as error:
        log.exception("a criterion failed", criterion=ruling.code, patient=str(judge.picture.patient_id))
        failed = Judgement(None, missing=(FAULT,))
        return failed, f"{ruling.code}: {type(error).__qualname__}"


def not_assessable(found: Sequence[Found]) -> list[dict[str, Any]]:
    """The criteria that could not be judged, and what is missing."""
    return [
        {"criterion": one.ruling.code, "key": one.key, "missing": list(one.judgement.missing)}
        for one in found
        if one.judgement.fires is None
    ]


def next_due(seen: Picture, found: Sequence[Found] = (), muted_until: datetime | None = None) -> datetime:
    """When the patient is to be looked at again if nothing is recorded: in the morning, when a fact dated ahead holds, when an
    exact clock runs out, or when what fires is muted no longer.
    """
    local = seen.at.astimezone(seen.zone)
    morning = datetime.combine(local.date(), MORNING, tzinfo=seen.zone)
    if morning <= seen.at:
        morning = datetime.combine(local.date() + timedelta(days=1), MORNING, tzinfo=seen.zone)
    turns = [one.judgement.turns_at for one in found if one.judgement.turns_at is not None]
    return min(
        [morning, *[moment for moment in (seen.ahead, muted_until, *turns) if moment is not None and moment > seen.at]]
    )


@transaction.atomic
def look_at(*, patient: Patient, at: datetime, versions: Sequence[CriterionVersion] | None = None) -> datetime:
    """Look at one patient as of a moment, in the caller's transaction, and write down what was found; returns when to look again.

    For whoever plays a journey, or cannot wait for the queue.
    """
    by, held = Careteam(at=at), rules(versions)
    row = Patient.objects.select_related("site").select_for_update(of=("self",), no_key=True).get(pk=patient.pk)
    watch, _ = Watch.objects.select_for_update().get_or_create(patient=row, defaults={"due_at": at})
    opened = open_rows([row.pk]).get(row.pk, [])
    seen = picture.read([row.pk], at, held.needs([row.site_id], opened), held.knowledge)[row.pk]
    judge = Judge(seen)
    found, applied = found_in(seen, judge, held), Applied([])
    if row.status == Patient.Status.ACTIVE:
        with audit.together():
            applied = operations.apply(patient=row, seen=judge, found=found, by=by, at=at, looked_at=watch.evaluated_at)
    watch.not_assessable, watch.evaluated_at = not_assessable(found), at
    watch.due_at = next_due(seen, found, applied.muted_until)
    watch.last_error = "; ".join([*[one.error for one in found if one.error], *applied.faults])[:300]
    watch.save(update_fields=["not_assessable", "evaluated_at", "due_at", "last_error"])
    return watch.due_at
