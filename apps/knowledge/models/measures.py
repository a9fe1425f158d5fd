"""What can be recorded about a patient, and what is done in one go."""

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from apps.common.models import Row
from apps.knowledge.models.base import FACT_CODE, Cited, Edition, Mark, Shipped, Source


class Instrument(Row):
    """A measure: what a number, a code or a yes/no about a patient means. Shipped, never edited.

    A value outside `minimum`…`maximum` cannot exist and is refused; one outside `plausible_low`…`plausible_high` is
    probably a slip and has to be confirmed. The plausible bounds catch slips and decide nothing; unless
    `plausible_mark` says otherwise no source gives them.
    """

    class Kind(models.TextChoices):
        NUMBER = "number"
        CODE = "code", "One of several codes"
        BOOLEAN = "boolean", "Yes or no"

    class Direction(models.TextChoices):
        HIGHER_IS_WORSE = "higher_is_worse"
        LOWER_IS_WORSE = "lower_is_worse"
        NEITHER = "neither"

    audited_fields = frozenset({"code", "name", "unit"})

    code = models.CharField(max_length=40, unique=True, validators=[FACT_CODE])
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NUMBER)
    unit = models.CharField(max_length=40, blank=True, help_text="UCUM; every value is kept in it.")
    minimum = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    maximum = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    step = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    direction = models.CharField(max_length=20, choices=Direction, default=Direction.NEITHER)
    plausible_low = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    plausible_high = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    plausible_mark = models.CharField(max_length=2, choices=Mark, blank=True)
    needs_limit = models.BooleanField(
        default=False, help_text="Means something only beside the laboratory's upper limit."
    )
    keeps_magnitude = models.BooleanField(
        default=False, help_text="Some devices print it negative: kept without the sign."
    )
    derived = models.BooleanField(default=False, help_text="Computed from others, never recorded.")
    codes = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    loinc = models.CharField(max_length=12, blank=True)
    loinc_seen = models.CharField(max_length=200, blank=True, help_text="Where the code was seen with this name.")
    thresholds = models.TextField(blank=True, help_text="What is known about its meaningful values.")
    note = models.TextField(blank=True)
    mark = models.CharField(max_length=2, choices=Mark, blank=True)
    sources = models.ManyToManyField(Source, related_name="instruments", blank=True)
    retired = models.BooleanField(default=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="instruments")

    objects = Cited.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="code") | ~Q(codes=[]), name="coded_instruments_list_their_codes"),
        ]

    def __str__(self) -> str:
        return self.code


class Concept(Row):
    """A finding or a complication that can be recorded, with its ICD-10 codes. Shipped, never edited."""

    class Category(models.TextChoices):
        FINDING = "finding"
        COMPLICATION = "complication"

    audited_fields = frozenset({"code", "category"})

    code = models.CharField(max_length=40, unique=True, validators=[FACT_CODE])
    category = models.CharField(max_length=20, choices=Category)
    name = models.CharField(max_length=150)
    icd10_cm = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    icd10_who = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    note = models.TextField(blank=True)
    mark = models.CharField(max_length=2, choices=Mark, blank=True)
    sources = models.ManyToManyField(Source, related_name="concepts", blank=True)
    retired = models.BooleanField(default=False)
    edition = models.ForeignKey(Edition, models.PROTECT, related_name="concepts")

    objects = Cited.as_manager()

    class Meta:
        ordering = ["category", "code"]

    def __str__(self) -> str:
        return self.name


class Panel(Shipped):
    """What is done in one go and missed in one go: a blood count, lung function, an eye examination.

    It was done when each of `measures` was recorded (the oldest of them counts), or any one of `any_of`, or when an
    assessment of one of the kinds `assessments` was.
    """

    audited_fields = frozenset({"code", "name"})

    name = models.CharField(max_length=150)
    measures = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    any_of = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    assessments = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A panel that nothing fulfils could never be done."""
        if not (self.measures or self.any_of or self.assessments):
            raise ValidationError(
                {"measures": "Name what is recorded when it was done: measures, any_of or assessments."}
            )
