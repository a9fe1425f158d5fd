"""Why an escalation is there, gathered for whoever reads it; and what could not be judged about a patient."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.escalation.citing import Cited, Number, numbers, sources_of
from apps.escalation.models import FACTS, CriterionVersion, Escalation, Evidence, Watch
from apps.knowledge.models import Instrument
from apps.observations.models import Assessment


@dataclass(frozen=True)
class Because:
    """What an escalation rests on. Show it only to whoever sees the patient.

    `facts` speak for themselves, `circumstances` belong to them; those that do not stand any more are among them.
    """

    matter: Escalation

    @cached_property
    def evidence(self) -> list[Evidence]:
        """All facts that were ever its evidence, in the order in which they came."""
        return list(self.matter.evidence.select_related(*FACTS))

    @property
    def facts(self) -> list[Evidence]:
        """Facts that speak for themselves."""
        return [row for row in self.evidence if not row.context]

    @property
    def circumstances(self) -> list[Evidence]:
        """Facts that only count together with others."""
        return [row for row in self.evidence if row.context]

    @cached_property
    def numbers(self) -> list[Number]:
        """The numbers of the criterion as they were."""
        return numbers(self.matter.values_used)

    @property
    def uncertain(self) -> int:
        """How many of those the editors doubt."""
        return sum(one.uncertain for one in self.numbers)

    @cached_property
    def sources(self) -> list[Cited]:
        """Where the wording and its numbers come from."""
        return sources_of(self.matter)


@dataclass(frozen=True)
class Unjudged:
    """A criterion that could not be judged for a patient: its code and name, for which medicine or panel, and what is missing."""

    code: str
    name: str
    about: str
    missing: Sequence[str]

    @property
    def words(self) -> str:
        """What is missing, in one line."""
        return "; ".join(self.missing) or "something"


def unjudged(patient_id: UUID) -> list[Unjudged]:
    """What could not be judged when a patient was last looked at, by code; nothing of criteria that are switched off by now."""
    watch = Watch.objects.filter(patient=patient_id).only("not_assessable").first()
    found: list[dict[str, Any]] = watch.not_assessable if watch is not None else []
    if not found:
        return []
    names = dict(switched_on().values_list("criterion__code", "name"))
    measures = _measures()
    rows = [
        Unjudged(
            one["criterion"],
            names[one["criterion"]],
            str(one.get("key", "")).replace("_", " "),
            tuple(_named(words, measures) for words in one["missing"]),
        )
        for one in found
        if one["criterion"] in names
    ]
    return sorted(rows, key=lambda one: (one.code, one.about))


def _measures() -> dict[str, str]:
    """The names of measures by their codes as they stand in what is missing, where the name does not say the same."""
    rows = [*Instrument.objects.values_list("code", "name"), *Assessment.Kind.choices]
    said = {str(code).replace("_", " "): str(name) for code, name in rows}
    return {code: name for code, name in said.items() if not name.lower().endswith(code)}


def _named(words: str, measures: dict[str, str]) -> str:
    """What is missing, with the names of measures in place of their codes."""
    codes = "|".join(sorted(map(re.escape, measures), key=len, reverse=True))
    return re.sub(rf"\b({codes})\b", lambda match: measures[match.group(1)], words)


def switched_on() -> QuerySet[CriterionVersion]:
    """The wordings that are on."""
    return CriterionVersion.objects.filter(state=CriterionVersion.State.ACTIVE)
