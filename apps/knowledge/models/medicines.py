"""Medicines: what they do, how they are dosed, what has to be there before, what is watched, when one looks at the response."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from apps.knowledge.models.base import FACT_CODE, Population, Shipped, hold_order, hold_together
from apps.knowledge.models.measures import Panel


class MedicineClass(models.TextChoices):
    """Groups of medicines that knowledge speaks about together."""

    CORTICOSTEROID = "corticosteroid", "Systemic corticosteroid"
    CSDMARD = "csdmard", "Conventional immunosuppressant"
    CNI = "cni", "Calcineurin inhibitor"
    IMMUNOGLOBULIN = "immunoglobulin"
    ANTIMALARIAL = "antimalarial"
    BIOLOGIC = "biologic"
    TOPICAL = "topical"
    SUPPLEMENT = "supplement"
    ANTIMICROBIAL = "antimicrobial"
    OTHER = "other"


class Medicine(Shipped):
    """A medicine. `immunosuppressant` and `weekly_only` are what checks ask about it; ATC is named by code only."""

    audited_fields = frozenset({"code", "name"})

    name = models.CharField(max_length=100)
    synonyms = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    klass = models.CharField(max_length=20, choices=MedicineClass)
    atc = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    routes = ArrayField(models.CharField(max_length=12), default=list, blank=True)
    immunosuppressant = models.BooleanField(default=False)
    weekly_only = models.BooleanField(default=False, help_text="Given once a week and never daily.")
    prednisone_factor = models.DecimalField(
        max_digits=6,
        decimal_places=3,
        null=True,
        blank=True,
        help_text="Milligrams of prednisone that one milligram is worth.",
    )
    clashes_with = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="Codes of medicines that must not be unnoticed beside it.",
    )
    cost_low = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    cost_high = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    cost_unit = models.CharField(max_length=20, blank=True, help_text="Such as USD/month.")
    cost_caveat = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Costs are in order and have a unit; a factor is more than nothing."""
        hold_order(self, ("cost_low", "cost_high"))
        hold_together(self, "cost_unit", "cost_low", "cost_high")
        if self.prednisone_factor is not None and self.prednisone_factor <= 0:
            raise ValidationError({"prednisone_factor": "It must be more than 0."})


class MedicineEffect(Shipped):
    """Something a medicine does, wanted or not, as a source says."""

    class Kind(models.TextChoices):
        EFFECT = "effect"
        BENEFIT = "benefit"
        SIDE_EFFECT = "side_effect"
        CAUTION = "caution"
        INTERACTION = "interaction"
        EVIDENCE = "evidence"
        INDICATION = "indication"

    audited_fields = frozenset({"code", "medicine", "kind"})

    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="effects")
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=200)
    frequency = models.CharField(max_length=20, blank=True, help_text="rare, common …, where the source says so.")
    severity = models.CharField(max_length=20, blank=True)


class DoseGuidance(Shipped):
    """What one source says about dosing. Where sources differ there is a row of each, and none is preferred.

    `low`…`high` is an amount `unit` for each `basis`: a day, a week, one dose, or a whole course given over
    `course_days_low`…`course_days_high` days and repeated after `interval_low`…`interval_high` `interval_unit`. A cap in
    `cap_unit` for the same basis limits what a dose by weight may come to; sources may give it as a range.
    """

    class Kind(models.TextChoices):
        RANGE = "range", "Usual range"
        START = "start", "To start with"
        TAPER = "taper"
        INDUCTION = "induction"
        MAINTENANCE = "maintenance"
        PULSE = "pulse"
        LIMIT = "limit", "Not above"

    class Basis(models.TextChoices):
        DAY = "day", "a day"
        WEEK = "week", "a week"
        DOSE = "dose", "a dose"
        COURSE = "course", "a course"

    audited_fields = frozenset({"code", "medicine", "kind", "basis", "low", "high", "unit"})

    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="guidance")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.RANGE)
    population = models.CharField(max_length=12, choices=Population, default=Population.ANY)
    route = models.CharField(max_length=12, blank=True)
    basis = models.CharField(max_length=8, choices=Basis)
    low = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    high = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=20, help_text="UCUM: mg, g, mg/kg, g/kg, mg/m2, %.")
    cap_low = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    cap_high = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    cap_unit = models.CharField(max_length=20, blank=True)
    course_days_low = models.PositiveSmallIntegerField(null=True, blank=True)
    course_days_high = models.PositiveSmallIntegerField(null=True, blank=True)
    interval_low = models.PositiveSmallIntegerField(null=True, blank=True)
    interval_high = models.PositiveSmallIntegerField(null=True, blank=True)
    interval_unit = models.CharField(max_length=3, blank=True, help_text="UCUM: d, wk, mo.")
    doses = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How many, where a source counts them.")
    after_weeks = models.PositiveSmallIntegerField(null=True, blank=True, help_text="From then on.")
    frequency = models.CharField(max_length=40, blank=True, help_text="As the source says: daily, weekly, divided …")
    line = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, help_text="Line of therapy.")
    condition = models.CharField(max_length=200, blank=True, help_text="When the source means it.")

    class Meta(Shipped.Meta):
        constraints = [
            *Shipped.Meta.constraints,
            models.CheckConstraint(
                condition=Q(low__isnull=False) | Q(high__isnull=False) | Q(interval_low__isnull=False),
                name="guidance_says_a_number",
            ),
        ]

    def clean(self) -> None:
        """There is a number, bounds are in order, none is negative, and each has its unit."""
        if self.low is None and self.high is None and self.interval_low is None:
            raise ValidationError({"low": "Guidance says a number: low, high or interval_low."})
        for name in ("low", "high", "cap_low", "cap_high"):
            if (amount := getattr(self, name)) is not None and amount < 0:
                raise ValidationError({name: "It must not be less than 0."})
        pairs = [(f"{name}_low", f"{name}_high") for name in ("cap", "course_days", "interval")]
        hold_order(self, ("low", "high"), *pairs)
        hold_together(self, "cap_unit", "cap_low", "cap_high")
        hold_together(self, "interval_unit", "interval_low", "interval_high")


class Prerequisite(Shipped):
    """What a source wants to be there before a medicine is begun: a panel not older than `max_age_days` (empty: ever), or
    another medicine beside it.

    `option` names the site's setting that switches it on, where guidelines disagree; `holds_first_dose` says that the first
    dose waits for it.
    """

    audited_fields = frozenset({"code", "medicine", "panel", "max_age_days"})

    medicine = models.ForeignKey(Medicine, models.PROTECT, related_name="prerequisites")
    panel = models.ForeignKey(Panel, models.PROTECT, null=True, blank=True, related_name="+")
    beside = models.ForeignKey(Medicine, models.PROTECT, null=True, blank=True, related_name="+")
    max_age_days = models.PositiveSmallIntegerField(null=True, blank=True)
    population = models.CharField(max_length=12, choices=Population, default=Population.ANY)
    option = models.CharField(max_length=40, blank=True, validators=[FACT_CODE])
    if_applicable = models.CharField(
        max_length=100, blank=True, help_text="For whom it applies, where not for everybody."
    )
    holds_first_dose = models.BooleanField(default=False)

    class Meta(Shipped.Meta):
        constraints = [
            *Shipped.Meta.constraints,
            models.CheckConstraint(
                condition=Q(panel__isnull=False, beside__isnull=True) | Q(panel__isnull=True, beside__isnull=False),
                name="prerequisite_is_a_panel_or_a_medicine",
            ),
        ]

    def clean(self) -> None:
        """It is a panel or another medicine, not both."""
        if (self.panel_id is None) == (self.beside_id is None):
            raise ValidationError({"panel": "Name a panel, or another medicine in beside; not both."})


class MonitoringSchedule(Shipped):
    """How often a panel is due, for whom. `scheme` groups schedules that a site chooses between.

    `phases` are [{from_day, every_days}], counted from the start of the treatment (or, with `anchor` dose_change, from the last
    change of its dose), or from the diagnosis where the schedule is for a phenotype or for lung disease; `every_days` null
    means once. `grace_days` pass before it is overdue.
    """

    class Scheme(models.TextChoices):
        MONTHLY = "monthly", "Monthly, as the source document says"
        PUBLISHED = "published", "As published (SPS and others)"
        BOTH = "both", "Whatever the site chooses"

    class Reason(models.TextChoices):
        MEDICINE = "medicine", "a medicine"
        KLASS = "klass", "a class of medicines"
        IMMUNOSUPPRESSED = "immunosuppressed", "any immunosuppressant"
        EVERYBODY = "everybody", "the disease itself"
        PHENOTYPE = "phenotype", "a phenotype"
        ILD = "ild", "interstitial lung disease"
        ILD_RISK = "ild_risk", "a risk factor of interstitial lung disease"

    class Anchor(models.TextChoices):
        START = "start"
        DOSE_CHANGE = "dose_change"

    audited_fields = frozenset({"code", "scheme", "reason", "panel"})

    scheme = models.CharField(max_length=10, choices=Scheme, default=Scheme.BOTH)
    reason = models.CharField(max_length=20, choices=Reason)
    medicine = models.ForeignKey(Medicine, models.PROTECT, null=True, blank=True, related_name="schedules")
    klass = models.CharField(max_length=20, choices=MedicineClass, blank=True)
    phenotype = models.CharField(max_length=20, blank=True)
    condition = models.CharField(
        max_length=40, blank=True, help_text="Only when this is so: hcq_risk, hcq_no_risk.", validators=[FACT_CODE]
    )
    panel = models.ForeignKey(Panel, models.PROTECT, related_name="+")
    anchor = models.CharField(max_length=12, choices=Anchor, default=Anchor.START)
    phases = models.JSONField()
    grace_days = models.PositiveSmallIntegerField(default=0)

    def clean(self) -> None:
        """It names the medicine, class or phenotype that is its reason, and no other."""
        given = {"medicine": self.medicine_id is not None, "klass": bool(self.klass), "phenotype": bool(self.phenotype)}
        for name, there in given.items():
            if there != (self.reason == name):
                raise ValidationError({name: f"A schedule whose reason is {self.reason} and {name} do not fit."})


class ResponseWindow(Shipped):
    """When a treatment is expected to have helped, and when one looks: weeks since its start."""

    audited_fields = frozenset({"code", "review_after_weeks"})

    medicine = models.ForeignKey(Medicine, models.PROTECT, null=True, blank=True, related_name="windows")
    klass = models.CharField(max_length=20, choices=MedicineClass, blank=True)
    population = models.CharField(max_length=12, choices=Population, default=Population.ANY)
    expected_low_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    expected_high_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    review_after_weeks = models.PositiveSmallIntegerField()
    score = models.CharField(max_length=20, help_text="What is compared: tis, cdasi_a.")

    def clean(self) -> None:
        """It is of one medicine or one class, and its weeks are in order."""
        if (self.medicine_id is None) == (not self.klass):
            raise ValidationError({"medicine": "Name a medicine or a class; not both."})
        hold_order(self, ("expected_low_weeks", "expected_high_weeks"))


__all__ = [
    "DoseGuidance", "Medicine", "MedicineClass", "MedicineEffect", "MonitoringSchedule", "Prerequisite", "ResponseWindow",
]  # fmt: skip
