"""What belongs to the patient and not to one moment: antibodies, own target ranges, mutes."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q

from apps.common.models import Row, period_is_ordered
from apps.common.ranges import period
from apps.patients.models.patient import NO_CONTROL, OfPatient, Patient

CODE = RegexValidator(
    r"^[A-Za-z0-9]+([_-][A-Za-z0-9]+)*\Z", "Use letters and digits, joined by single hyphens or underscores."
)


class Antibody(Row):
    """The result of one test for one myositis antibody. A later result does not replace it; a wrong one is entered in error."""

    class Code(models.TextChoices):
        MDA5 = "mda5", "anti-MDA5"
        TIF1G = "tif1g", "anti-TIF1γ"
        NXP2 = "nxp2", "anti-NXP2"
        MI2 = "mi2", "anti-Mi-2"
        SAE = "sae", "anti-SAE"
        JO1 = "jo1", "anti-Jo-1 (antisynthetase)"
        OTHER_SYNTHETASE = "other_synthetase", "other antisynthetase"

    class Result(models.TextChoices):
        POSITIVE = "positive"
        NEGATIVE = "negative"
        EQUIVOCAL = "equivocal"

    audited_fields = frozenset({"patient", "code", "result", "effective_at", "entered_in_error"})

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="antibodies")
    code = models.CharField(max_length=20, choices=Code)
    result = models.CharField(max_length=10, choices=Result)
    effective_at = models.DateTimeField(help_text="When the sample was taken.")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    recorded_at = models.DateTimeField(editable=False)
    entered_in_error = models.BooleanField(default=False, editable=False)
    error_reason = models.CharField(max_length=200, blank=True, editable=False)

    objects = OfPatient.as_manager()

    class Meta:
        ordering = ["-effective_at", "-id"]
        verbose_name_plural = "antibodies"
        constraints = [
            models.CheckConstraint(
                condition=Q(entered_in_error=False, error_reason="") | (Q(entered_in_error=True) & ~Q(error_reason="")),
                name="antibody_error_has_a_reason",
            )
        ]
        indexes = [models.Index(fields=["patient", "-effective_at"], name="antibodies_of_patient")]

    def __str__(self) -> str:
        return f"{self.get_code_display()}: {self.get_result_display()}"


class TargetRange(Row):
    """The range that this patient's team aims at for a measure, instead of the general one; for a time."""

    audited_fields = frozenset({"patient", "instrument", "low", "high", "unit", "starts_at", "ends_at"})

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="target_ranges")
    instrument = models.CharField(
        max_length=40, validators=[CODE], help_text="Code of the measure, such as ck or fvc_pp."
    )
    low = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    unit = models.CharField(
        max_length=40, blank=True, validators=[NO_CONTROL], help_text="UCUM; empty for a score without unit."
    )
    reason = models.CharField(max_length=200, validators=[NO_CONTROL])
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField(null=True, blank=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = OfPatient.as_manager()

    class Meta:
        ordering = ["instrument", "-starts_at", "-id"]
        constraints = [
            period_is_ordered("target_period_is_ordered"),
            models.CheckConstraint(condition=Q(low__isnull=False) | Q(high__isnull=False), name="target_has_a_bound"),
            models.CheckConstraint(
                condition=Q(low__isnull=True) | Q(high__isnull=True) | Q(low__lte=F("high")), name="target_is_ordered"
            ),
            ExclusionConstraint(
                name="one_target_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("instrument", RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.low or '…'}–{self.high or '…'} {self.unit}".strip()

    def clean(self) -> None:
        """At least one bound, and in order."""
        if self.low is None and self.high is None:
            raise ValidationError({"low": "Give a lower bound, an upper bound, or both."})
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValidationError({"high": "The upper bound is below the lower one."})


class Mute(Row):
    """A topic about which this patient's team does not want to be asked for a while, with a reason and always an end.

    Emergencies are never muted: that is held where escalations are opened.
    """

    audited_fields = frozenset({"patient", "topic", "starts_at", "ends_at"})

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="mutes")
    topic = models.CharField(max_length=40, validators=[CODE], help_text="Code of the criterion, such as MO-01.")
    reason = models.CharField(max_length=200, validators=[NO_CONTROL])
    starts_at = models.DateTimeField(editable=False)
    ends_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    objects = OfPatient.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            period_is_ordered("mute_period_is_ordered"),
            ExclusionConstraint(
                name="one_mute_at_a_time",
                expressions=[
                    ("patient", RangeOperators.EQUAL),
                    ("topic", RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} muted until {self.ends_at:%Y-%m-%d}"
