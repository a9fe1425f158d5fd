"""Which referrals suggest themselves: because a criterion is met, or because a plan misses what a medicine wants. Read only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.knowledge.models import ReferralReason
from apps.knowledge.shelf import shelf
from apps.knowledge.words import within
from apps.patients.models import Patient
from apps.plans.models import PlanVersion
from apps.plans.reading import Whole
from apps.referrals.models import Referral
from apps.referrals.reading import ALONG


@dataclass(frozen=True)
class Suggestion:
    """A referral that somebody could send: the reason as it holds here, which facts would go along, and why it is suggested.

    `present` is the open referral for that reason, where there is one: then nothing has to be sent.
    """

    reason: ReferralReason
    because: Sequence[str]
    facts: Sequence[UUID] = ()
    present: Referral | None = None

    @property
    def within(self) -> str:
        """How soon, in words."""
        return within(self.reason.target)


def of_criterion(patient: Patient, code: str, *, facts: Sequence[UUID], because: Sequence[str]) -> list[Suggestion]:
    """What suggests itself where a criterion of this code is met for the patient, on these facts."""
    return _suggested(patient, {row: because for row in _offered() if code in row.criteria}, facts)


def of_version(version: PlanVersion, at: datetime, *, whole: Whole | None = None) -> list[Suggestion]:
    """What suggests itself for what the medicines of a version want and is missing or too old today.

    `whole` spares reading the version again. Nothing is suggested for a version that nobody follows or may follow yet.
    """
    if not (version.pending or version.state == PlanVersion.State.ACTIVE):
        return []
    whole = whole or Whole(version, at)
    lacking: dict[str, list[str]] = {}
    for one in whole.prerequisites:
        if one.lacking and one.now is not None and one.check.panel is not None:
            lacking.setdefault(one.check.panel.code, []).append(one.now.words)
    found = {row: [words for panel in row.panels for words in lacking.get(panel, ())] for row in _offered()}
    return _suggested(whole.patient, {row: because for row, because in found.items() if because})


def _offered() -> list[Any]:
    """The reasons in force; one that retired disciplines would receive is none."""
    return shelf().offered(ReferralReason)


def _suggested(patient: Patient, found: Mapping[Any, Sequence[str]], facts: Sequence[UUID] = ()) -> list[Suggestion]:
    """What presses most first, with the open referral for each reason."""
    if not found:
        return []
    open_ones = Referral.objects.open().filter(patient=patient, reason__in=[row.pk for row in found])
    present = {row.reason_id: row for row in open_ones.select_related(*ALONG).order_by("drafted_at")}
    rank = list(ReferralReason.Urgency.values)
    rows = sorted(found, key=lambda row: (-rank.index(row.urgency), row.to.name, row.name))
    return [Suggestion(row, tuple(dict.fromkeys(found[row])), tuple(facts), present.get(row.pk)) for row in rows]


def first_of(suggestions: Sequence[Suggestion]) -> Suggestion | None:
    """The one that is meant where nobody named a reason: the first that was not sent yet."""
    return next((one for one in suggestions if one.present is None), None) or next(iter(suggestions), None)
