"""A patient as somebody may know them: by name, or, before they have taken them on, by age alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from apps.accounts.actors import Actor
from apps.patients.models import Patient


@dataclass(frozen=True)
class Whom:
    """A patient for a page; `seen` says whether whoever looks may see more than the age."""

    patient: Patient
    seen: bool
    age: int

    def __str__(self) -> str:
        if self.seen:
            return str(self.patient)
        years = "1 year" if self.age == 1 else f"{self.age} years"
        return f"A patient, {years}, {self.patient.get_onset_display().lower()} onset"

    @property
    def born(self) -> date | None:
        """The birth date, for whoever may know it."""
        return self.patient.birth_date if self.seen else None


def seen_of(actor: Actor, patients: Iterable[UUID]) -> set[UUID]:
    """Those of these patients whom somebody sees, in one query."""
    return set(Patient.objects.visible_to(actor).filter(pk__in=set(patients)).values_list("pk", flat=True))


def whom(patient: Patient, seen: bool, at: datetime) -> Whom:
    """The patient, at a moment."""
    today, born = patient.site.local_date(at), patient.birth_date
    return Whom(patient, seen, today.year - born.year - ((today.month, today.day) < (born.month, born.day)))
