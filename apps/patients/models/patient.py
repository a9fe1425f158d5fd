"""Patients and their identifiers."""

from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, GeneratedField, Q, Value
from django.db.models.functions import Concat, Lower

from apps.accounts.actors import Actor, Careteam
from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.common.models import Row, Versioned
from apps.patients.models.access import PatientAccess

NO_CONTROL = RegexValidator(r"^[^\x00-\x1f\x7f]*\Z", "Use printable characters only.")


class Patients(models.QuerySet["Patient"]):
    """Patients, and the one place that says who sees which."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the sites the actor sees whole, and those they have access to at the moment they asked."""
        if isinstance(actor, Careteam):
            return self
        if actor.user_id is None or actor.at is None or not actor.may(Permission.PATIENTS_READ):
            return self.none()
        own = Q(pk__in=PatientAccess.objects.in_force(actor.at).filter(user=actor.user_id).values("patient_id"))
        sites = actor.sites_seen_whole
        return self.filter(Q(site__in=sites) | own) if sites else self.filter(own)


def sees(actor: Actor, site_id: UUID, *, has_access: bool) -> bool:
    """The rule of `visible_to` for one patient of this site; `has_access`: an access of the actor's own is in force.

    For whoever asks about many people and one patient. A test holds the two rules together.
    """
    if isinstance(actor, Careteam):
        return True
    if actor.user_id is None or not actor.may(Permission.PATIENTS_READ):
        return False
    return has_access or site_id in actor.sites_seen_whole


class Patient(Versioned):
    """A person with dermatomyositis, looked after by a site. Never deleted.

    Two records of one person are merged: the one that goes points at the one that stays.
    """

    class Gender(models.TextChoices):
        """FHIR R4 AdministrativeGender."""

        MALE = "male"
        FEMALE = "female"
        OTHER = "other"
        UNKNOWN = "unknown"

    class Status(models.TextChoices):
        ACTIVE = "active"
        LEFT = "left", "Left our care"
        DECEASED = "deceased"
        MERGED = "merged", "Merged into another record"
        ENTERED_IN_ERROR = "entered_in_error", "Entered in error"

    class Phenotype(models.TextChoices):
        UNCLASSIFIED = "unclassified", "Not classified yet"
        CLASSIC = "classic"
        AMYOPATHIC = "amyopathic"
        HYPOMYOPATHIC = "hypomyopathic"

    class Onset(models.TextChoices):
        ADULT = "adult"
        JUVENILE = "juvenile"

    audited_fields = frozenset({"site", "status", "status_at", "phenotype", "onset", "merged_into"})
    locked_with = ("site",)

    site = models.ForeignKey(Site, models.PROTECT, related_name="patients")
    family_name = models.CharField(max_length=100, validators=[NO_CONTROL])
    given_name = models.CharField(max_length=100, validators=[NO_CONTROL])
    sort_name = GeneratedField(
        expression=Lower(Concat(F("family_name"), Value(" "), F("given_name"))),
        output_field=models.CharField(max_length=201),
        db_persist=True,
    )
    birth_date = models.DateField()
    gender = models.CharField(max_length=10, choices=Gender)
    phenotype = models.CharField(max_length=20, choices=Phenotype, default=Phenotype.UNCLASSIFIED)
    onset = models.CharField(
        max_length=10, choices=Onset, help_text="Class of disease onset; re-classified on purpose only."
    )
    diagnosis_date = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE, editable=False)
    status_at = models.DateTimeField(editable=False)
    status_reason = models.CharField(max_length=200, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged"
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    recorded_at = models.DateTimeField(editable=False)

    objects = Patients.as_manager()

    class Meta:
        ordering = ["sort_name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
                name="merged_patients_point_at_one",
            ),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="nobody_is_merged_into_themselves"),
            models.CheckConstraint(
                condition=Q(status__in=["active", "left", "deceased", "merged", "entered_in_error"]),
                name="patient_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(diagnosis_date__isnull=True) | Q(diagnosis_date__gte=F("birth_date")),
                name="diagnosed_after_birth",
            ),
        ]
        indexes = [
            # A coordinator's list: the patients of their site by name.
            models.Index(fields=["site", "sort_name", "id"], name="patients_of_site_by_name"),
            # The list of somebody who sees several sites.
            models.Index(fields=["sort_name", "id"], name="patients_by_name"),
            # The newest records of a site.
            models.Index(fields=["site", "recorded_at", "id"], name="patients_of_site_by_age"),
            # Who was born on that day? Asked when somebody is registered, to find the same person.
            models.Index(fields=["birth_date"], name="patients_by_birth_date"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"

    def clean(self) -> None:
        """Dates fit together."""
        if self.diagnosis_date and self.diagnosis_date < self.birth_date:
            raise ValidationError({"diagnosis_date": "The diagnosis cannot be before birth."})


class OfPatient(models.QuerySet[Any]):
    """Rows that belong to a patient: seen by whoever sees the patient."""

    def visible_to(self, actor: Actor) -> Self:
        """The rows of patients that the actor may see."""
        return self.filter(patient__in=Patient.objects.visible_to(actor).values("pk"))


class Identifier(Row):
    """A number under which some system knows the patient. `site` is the patient's, kept so that it is unique there."""

    audited_fields = frozenset({"system", "active"})

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="identifiers")
    site = models.ForeignKey(Site, models.PROTECT, editable=False, related_name="+")
    system = models.CharField(
        max_length=200,
        validators=[NO_CONTROL],
        help_text="Who gave it, as a URI, such as urn:oid:2.16.840.1 or https://hospital.example/mrn",
    )
    value = models.CharField(max_length=100, validators=[NO_CONTROL])
    active = models.BooleanField(default=True, editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    recorded_at = models.DateTimeField(editable=False)

    objects = OfPatient.as_manager()

    class Meta:
        ordering = ["recorded_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["site", "system", "value"], condition=Q(active=True), name="identifier_is_unique_at_its_site"
            )
        ]
        indexes = [models.Index(fields=["value"], name="identifiers_by_value")]

    def __str__(self) -> str:
        return self.value
