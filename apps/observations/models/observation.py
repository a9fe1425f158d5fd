"""Measured and judged values."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Q

from apps.knowledge.models import Instrument
from apps.observations.models.base import Fact, error_has_a_reason
from apps.patients.models.patient import NO_CONTROL


class Observation(Fact):
    """One value of one instrument: a number in the instrument's own unit, one of its codes, or yes/no.

    What was sent in another unit is kept beside it as it came. A correction is a row of its own that points at the one
    it replaces, so that what people acted upon stays readable. `source` and `accession` are the sender's name and its
    number for this result: the same one twice is one result.
    """

    class Quality(models.TextChoices):
        ACCEPTABLE = "acceptable"
        UNACCEPTABLE = "unacceptable", "Not acceptable"

    class Position(models.TextChoices):
        SITTING = "sitting"
        STANDING = "standing"
        SUPINE = "supine"

    audited_fields = frozenset({"patient", "instrument", "effective_at", "status", "corrects"})

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+")
    value_number = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    value_code = models.CharField(max_length=40, null=True, blank=True)  # noqa: DJ001 - NULL says that there is none
    value_boolean = models.BooleanField(null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True, help_text="UCUM.")
    sent_value = models.CharField(max_length=40, blank=True, editable=False)
    sent_unit = models.CharField(max_length=40, blank=True, editable=False)
    reference_high = models.DecimalField(
        max_digits=14,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="The laboratory's upper limit, in the same unit.",
    )
    quality = models.CharField(max_length=20, choices=Quality, blank=True)
    position = models.CharField(max_length=20, choices=Position, blank=True)
    conditions = models.CharField(
        max_length=100, blank=True, validators=[NO_CONTROL], help_text="How it was measured, such as a formula."
    )
    session = models.UUIDField(null=True, blank=True, help_text="The same for values of one test session.")
    source = models.CharField(max_length=200, blank=True, validators=[NO_CONTROL], help_text="Who sent it, as a URI.")
    accession = models.CharField(
        max_length=100, blank=True, validators=[NO_CONTROL], help_text="The sender's number for this result."
    )
    confirmed = models.BooleanField(default=False, help_text="An implausible value that was looked at twice.")
    baseline = models.BooleanField(
        default=False, help_text="A clinician marks it as the value to compare later ones with."
    )
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="corrected_by"
    )

    class Meta(Fact.Meta):
        constraints = [
            error_has_a_reason("observation_error_has_a_reason"),
            models.CheckConstraint(
                condition=Q(value_number__isnull=False, value_code__isnull=True, value_boolean__isnull=True)
                | Q(value_number__isnull=True, value_code__isnull=False, value_boolean__isnull=True)
                | Q(value_number__isnull=True, value_code__isnull=True, value_boolean__isnull=False),
                name="observation_has_one_value",
            ),
            models.CheckConstraint(
                condition=Q(source="", accession="") | (~Q(source="") & ~Q(accession="")),
                name="accession_has_a_source",
            ),
            models.CheckConstraint(
                condition=~Q(status="amended") | Q(corrects__isnull=False), name="amended_says_what_it_corrects"
            ),
            models.UniqueConstraint(
                fields=["patient", "source", "accession", "instrument"],
                condition=~Q(source="") & ~Q(status="superseded"),
                name="one_result_an_accession",
            ),
        ]
        indexes = [
            # A patient's values of one instrument, newest first: the picture that criteria are judged by.
            models.Index(fields=["patient", "instrument", "-effective_at"], name="observations_of_patient"),
            # The list.
            models.Index(fields=["effective_at", "id"], name="observations_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.shown_value}"

    #: Set by the operation on a result that had been recorded before.
    repeated: bool = False

    @property
    def value(self) -> Any:
        """The value, whatever its kind."""
        if self.value_number is not None:
            return self.value_number
        return self.value_code if self.value_code is not None else self.value_boolean

    @property
    def shown_value(self) -> str:
        """The value in words, with its unit."""
        if isinstance(self.value, Decimal):
            unit = "" if self.unit.startswith("{") else f" {self.unit}"
            return f"{plain(self.value)}{unit}"
        return {True: "yes", False: "no"}.get(self.value, str(self.value))


def plain(number: Decimal) -> str:
    """A number as a person writes it: no exponent, no zeros behind."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
