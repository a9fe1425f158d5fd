"""How patients and what belongs to them are shown and sent."""

from typing import Any

from rest_framework import serializers

from apps.accounts.models import Site
from apps.patients.models import Antibody, Identifier, Mute, Patient, TargetRange
from apps.patients.models.facts import CODE
from apps.patients.models.patient import NO_CONTROL
from apps.rest.bodies import Body
from apps.rest.fields import Visible


class IdentifierShown(serializers.ModelSerializer[Identifier]):
    """A number under which some system knows the patient."""

    class Meta:
        model = Identifier
        fields = ["id", "patient", "system", "value", "active", "recorded_at"]
        read_only_fields = fields


class PatientShown(serializers.ModelSerializer[Patient]):
    """A patient."""

    identifiers = IdentifierShown(many=True, read_only=True)

    class Meta:
        model = Patient
        fields = [
            "id", "site", "family_name", "given_name", "birth_date", "gender", "onset", "phenotype", "diagnosis_date",
            "status", "status_at", "status_reason", "merged_into", "identifiers", "recorded_by", "recorded_at", "version",
        ]  # fmt: skip
        read_only_fields = fields


class NewIdentifier(Body):
    """A number, as it is sent with a new patient."""

    system = serializers.CharField(max_length=200, validators=[NO_CONTROL])
    value = serializers.CharField(max_length=100, validators=[NO_CONTROL])


class PatientChanges(Body):
    """What can be changed in a patient's record."""

    family_name = serializers.CharField(max_length=100, validators=[NO_CONTROL], required=False)
    given_name = serializers.CharField(max_length=100, validators=[NO_CONTROL], required=False)
    birth_date = serializers.DateField(required=False)
    gender = serializers.ChoiceField(choices=Patient.Gender.choices, required=False)
    onset = serializers.ChoiceField(choices=Patient.Onset.choices, required=False)
    phenotype = serializers.ChoiceField(choices=Patient.Phenotype.choices, required=False)
    diagnosis_date = serializers.DateField(required=False, allow_null=True)


class NewPatient(Body):
    """A patient to be registered."""

    site = Visible(lambda _actor: Site.objects.filter(active=True))
    family_name = serializers.CharField(max_length=100, validators=[NO_CONTROL])
    given_name = serializers.CharField(max_length=100, validators=[NO_CONTROL])
    birth_date = serializers.DateField()
    gender = serializers.ChoiceField(choices=Patient.Gender.choices)
    onset = serializers.ChoiceField(choices=Patient.Onset.choices)
    phenotype = serializers.ChoiceField(choices=Patient.Phenotype.choices, required=False)
    diagnosis_date = serializers.DateField(required=False, allow_null=True)
    identifiers = serializers.ListField(child=NewIdentifier(), required=False, max_length=20)
    is_another_person = serializers.BooleanField(
        required=False, help_text="The likeness to somebody registered was looked at."
    )


class Search(Body):
    """Whom to look for. Sent as a body and not in the address: addresses are logged, and these are names and numbers."""

    name = serializers.CharField(
        max_length=100, required=False, help_text="The beginning of the family or the given name."
    )
    birth_date = serializers.DateField(required=False)
    identifier = serializers.CharField(max_length=100, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """At least one of them."""
        if not attrs:
            raise serializers.ValidationError("Give a name, a birth date or an identifier.")
        return attrs


class Transfer(Body):
    """To which site."""

    to_site = Visible(lambda _actor: Site.objects.filter(active=True))


class Merge(Body):
    """Into which record, and why."""

    into = Visible(lambda actor: Patient.objects.visible_to(actor))
    reason = serializers.CharField(max_length=200)


class OptionalReason(Body):
    """Perhaps why."""

    reason = serializers.CharField(max_length=200, required=False, allow_blank=True)


class NewIdentifierOfPatient(NewIdentifier):
    """A number to be added."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))


class AntibodyShown(serializers.ModelSerializer[Antibody]):
    """The result of one antibody test."""

    class Meta:
        model = Antibody
        fields = [
            "id",
            "patient",
            "code",
            "result",
            "effective_at",
            "recorded_by",
            "recorded_at",
            "entered_in_error",
            "error_reason",
        ]
        read_only_fields = fields


class NewAntibody(Body):
    """A result to be recorded."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    code = serializers.ChoiceField(choices=Antibody.Code.choices)
    result = serializers.ChoiceField(choices=Antibody.Result.choices)
    effective_at = serializers.DateTimeField()


class TargetRangeShown(serializers.ModelSerializer[TargetRange]):
    """A range that is aimed at for this patient."""

    class Meta:
        model = TargetRange
        fields = ["id", "patient", "instrument", "low", "high", "unit", "reason", "starts_at", "ends_at", "recorded_by"]
        read_only_fields = fields


class NewTargetRange(Body):
    """A range to be aimed at from now on."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    instrument = serializers.CharField(max_length=40, validators=[CODE])
    low = serializers.DecimalField(max_digits=14, decimal_places=4, required=False, allow_null=True)
    high = serializers.DecimalField(max_digits=14, decimal_places=4, required=False, allow_null=True)
    unit = serializers.CharField(max_length=40, required=False, allow_blank=True, validators=[NO_CONTROL])
    reason = serializers.CharField(max_length=200, validators=[NO_CONTROL])


class MuteShown(serializers.ModelSerializer[Mute]):
    """A topic about which nobody is asked for a while."""

    class Meta:
        model = Mute
        fields = ["id", "patient", "topic", "reason", "starts_at", "ends_at", "recorded_by"]
        read_only_fields = fields


class NewMute(Body):
    """A topic to be muted."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    topic = serializers.CharField(max_length=40, validators=[CODE])
    reason = serializers.CharField(max_length=200, validators=[NO_CONTROL])
    ends_at = serializers.DateTimeField()
