"""What a version says: medicines, what is done beside them, goals. `item_id` stays the same through all versions."""

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.common.ids import new_id
from apps.common.models import Row
from apps.knowledge.models import Discipline, Instrument, Intervention, Medicine, TherapyGoal
from apps.patients.models.patient import NO_CONTROL
from apps.plans.models.plan import PlanVersion

#: Days in which there may be a treatment. Beyond them a date is a slip, and days cannot be counted on from it.
DAYS = [
    MinValueValidator(date(1900, 1, 1), "A year from 1900 to 2200."),
    MaxValueValidator(date(2200, 12, 31), "A year from 1900 to 2200."),
]


class Item(Row):
    """Something in a version."""

    audited_fields: ClassVar[frozenset[str]] = frozenset()

    version = models.ForeignKey(PlanVersion, models.PROTECT, related_name="%(class)ss")
    item_id = models.UUIDField(default=new_id)
    position = models.PositiveSmallIntegerField(default=0)
    starts_on = models.DateField(validators=DAYS)
    stops_on = models.DateField(null=True, blank=True, validators=DAYS, help_text="The last day.")
    stop_reason = models.CharField(max_length=200, blank=True, validators=[NO_CONTROL])
    note = models.CharField(max_length=500, blank=True, validators=[NO_CONTROL])

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        abstract = True
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "item_id"], name="one_%(class)s_a_version"),
            models.CheckConstraint(
                condition=Q(stops_on__isnull=True) | Q(stops_on__gte=F("starts_on")),
                name="%(class)s_stops_after_its_start",
            ),
        ]


class Route(models.TextChoices):
    """How a medicine is given."""

    ORAL = "oral"
    IV = "iv", "Intravenous"
    SC = "sc", "Subcutaneous"
    IM = "im", "Intramuscular"
    TOPICAL = "topical"


class MedicationItem(Item):
    """One medicine in one dosage. FHIR R4 MedicationRequest, Timing: `frequency` times in each `period` `period_unit`.

    With basis course the dose is the total of a course that is given over `course_days` and comes round each period. Without
    a dose it is a step that still has to be dosed, and such a version cannot be approved. A medicine in two dosages (some
    days of the week this, some that) is two items, which add up.
    """

    class Basis(models.TextChoices):
        DOSE = "dose", "each time"
        COURSE = "course", "in all, over the course"

    class PeriodUnit(models.TextChoices):
        DAY = "d", "days"
        WEEK = "wk", "weeks"
        MONTH = "mo", "months"

    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="+")
    dose = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=20, blank=True, help_text="UCUM: mg, g, mg/kg, g/kg, mg/m2.")
    basis = models.CharField(max_length=8, choices=Basis, default=Basis.DOSE)
    frequency = models.PositiveSmallIntegerField(null=True, blank=True)
    period = models.PositiveSmallIntegerField(null=True, blank=True)
    period_unit = models.CharField(max_length=2, choices=PeriodUnit, blank=True)
    course_days = models.PositiveSmallIntegerField(null=True, blank=True)
    route = models.CharField(max_length=10, choices=Route)
    line = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Line of therapy.")
    prescriber = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    indication = models.CharField(max_length=200, blank=True, validators=[NO_CONTROL])

    class Meta(Item.Meta):
        constraints = [
            *Item.Meta.constraints,
            # Nothing compares with NULL, and a CHECK lets that pass: each branch says what is there.
            models.CheckConstraint(
                condition=Q(dose__isnull=True, unit="", frequency__isnull=True, period__isnull=True, period_unit="")
                | (
                    Q(dose__isnull=False, frequency__isnull=False, period__isnull=False)
                    & Q(dose__gt=Decimal(0), frequency__gte=1, period__gte=1)
                    & ~Q(unit="") & ~Q(period_unit="")
                ),
                name="dosage_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(basis="dose", course_days__isnull=True)
                | Q(basis="course", course_days__isnull=False, course_days__gte=1),
                name="course_has_days",
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["medicine", "version"], name="items_of_medicine")]

    def __str__(self) -> str:
        return f"{self.medicine}"


class InterventionItem(Item):
    """Something that is done beside medicines."""

    intervention = models.ForeignKey(Intervention, models.PROTECT, related_name="+")
    discipline = models.ForeignKey(Discipline, models.PROTECT, null=True, blank=True, related_name="+")
    instructions = models.CharField(max_length=300, blank=True, validators=[NO_CONTROL])

    def __str__(self) -> str:
        return f"{self.intervention}"


class Goal(Item):
    """What the plan is for, with a measure and the value aimed at. FHIR R4 Goal. Progress is computed, never stored.

    `start_value` is what the measure was when the goal was first proposed.
    """

    class Comparison(models.TextChoices):
        AT_LEAST = "at_least", "at least"
        AT_MOST = "at_most", "at most"

    goal = models.ForeignKey(TherapyGoal, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=300, validators=[NO_CONTROL])
    instrument = models.ForeignKey(Instrument, models.PROTECT, null=True, blank=True, related_name="+")
    comparison = models.CharField(max_length=10, choices=Comparison, blank=True)
    target = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    due_on = models.DateField(null=True, blank=True, validators=DAYS)
    start_value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True, editable=False)

    class Meta(Item.Meta):
        constraints = [
            *Item.Meta.constraints,
            models.CheckConstraint(
                condition=Q(instrument__isnull=True, target__isnull=True, comparison="")
                | (Q(instrument__isnull=False, target__isnull=False) & ~Q(comparison="")),
                name="goal_measure_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.text
