"""Many patients out of one: every row about a patient copied in bulk, in SQL, with ids of its own."""

from collections.abc import Iterator
from typing import Any

from django.db import connection, models

from apps.escalation.models import Watch
from apps.observations.models import Assessment, Condition, Observation, Resolution
from apps.patients.models import Antibody, Patient
from apps.plans.models import MedicationItem, PlanVersion, TreatmentPlan

#: What is copied, rows that are pointed at before those that point at them.
COPIED: tuple[type[models.Model], ...] = (
    Patient, Observation, Resolution, Condition, Assessment, Antibody, TreatmentPlan, PlanVersion, MedicationItem,
)  # fmt: skip
BATCH = 2000
#: The id of a copy: always the same for a row and a number, so that copies find each other.
OF = "md5({row}::text || n::text)::uuid"


def clone(patient: Patient, count: int, first: int = 0, *, watched: bool = True) -> None:
    """Add so many copies of a patient with all that is known about them. `first` numbers them; the same numbers, the same ids."""
    for start in range(first, first + count, BATCH):
        numbers = (start, min(start + BATCH, first + count) - 1)
        for model in COPIED:
            _copy(model, patient, numbers)
        if watched:
            _watch(patient, numbers)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _copy(model: type[models.Model], patient: Patient, numbers: tuple[int, int]) -> None:
    columns = dict(_columns(model))
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({", ".join(columns)}) SELECT {", ".join(columns.values())}'  # noqa: S608 - names of our own tables
            f' FROM "{table}" o CROSS JOIN generate_series(%s, %s) n WHERE {_whose(model)}',
            [*numbers, patient.pk],
        )


def _columns(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """Each column with what it is filled with."""
    for field in model._meta.concrete_fields:
        if field.generated:
            continue
        column = f'"{field.column}"'
        copied = field.primary_key or (field.is_relation and field.related_model in COPIED)
        yield (
            column,
            f"CASE WHEN o.{column} IS NULL THEN NULL ELSE {OF.format(row=f'o.{column}')} END"
            if copied
            else f"o.{column}",
        )


def _whose(model: type[models.Model]) -> str:
    """The condition that a row is about the patient."""
    if model is Patient:
        return "o.id = %s"
    if model is PlanVersion:
        return "o.plan_id IN (SELECT id FROM plans_treatmentplan WHERE patient_id = %s)"
    if model is MedicationItem:
        return (
            "o.version_id IN (SELECT v.id FROM plans_planversion v JOIN plans_treatmentplan t ON t.id = v.plan_id"
            " WHERE t.patient_id = %s)"
        )
    return "o.patient_id = %s"


def _watch(patient: Patient, numbers: tuple[int, int]) -> None:
    """Watches that are due a year from now, so that nobody looks before that is wanted."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{Watch._meta.db_table}" (id, patient_id, seq, cause, due_at, not_assessable, last_error)'  # noqa: S608 - names of our own tables
            f" SELECT {OF.format(row='%s')}, {OF.format(row='%s')}, 1, %s, app_now() + interval '1 year', '[]'::jsonb, ''"
            " FROM generate_series(%s, %s) n",
            [f"watch {patient.pk}", patient.pk, Watch.Cause.CLOCK, *numbers],
        )


def clones(patient: Patient, count: int, first: int = 0) -> list[Any]:
    """The ids of copies, by their numbers."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {OF.format(row='%s')} FROM generate_series(%s, %s) n",  # noqa: S608 - our own words
            [str(patient.pk), first, first + count - 1],
        )
        return [row[0] for row in cursor.fetchall()]


__all__ = ["clone", "clones"]
