"""How facts are shown and sent."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.knowledge.models import Concept, Discipline, Instrument, Intervention, Medicine, MedicineEffect
from apps.observations.models import AdverseEvent, Assessment, Attendance, Condition, Observation, Resolution
from apps.patients.models import Patient
from apps.patients.models.patient import NO_CONTROL
from apps.rest.bodies import Body
from apps.rest.fields import ByCode, Visible


@extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string", "maxLength": 40}, {"type": "boolean"}]})
class Value(serializers.Field[Any, Any, Any, Any]):
    """A number, a code or yes/no; which of them the instrument takes, its operation knows."""

    def to_internal_value(self, data: Any) -> Any:
        """A Decimal, a bool or a text."""
        if isinstance(data, bool):
            return data
        if isinstance(data, int | float):
            return Decimal(str(data))
        if isinstance(data, str) and 0 < len(data) <= 40:  # noqa: PLR2004 - as the column
            NO_CONTROL(data)
            return data
        raise serializers.ValidationError("Send a number, a code of at most 40 characters, or true or false.")

    def to_representation(self, value: Any) -> Any:
        """Numbers leave as JSON numbers."""
        return (
            (int(value) if value == value.to_integral_value() else float(value))
            if isinstance(value, Decimal)
            else value
        )


class Moment(serializers.DateTimeField):
    """An instant; one without a time zone is refused, since nobody knows when it was."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """Refuse a time without a zone."""
        if value.tzinfo is None:
            raise serializers.ValidationError("Give the time with its zone, such as 2026-04-13T09:00:00+02:00.")
        if value.year in {1, 9999}:
            raise serializers.ValidationError("This year cannot be meant.")
        return value.astimezone(UTC)


FACT = ["id", "patient", "status", "effective_at", "recorded_at", "recorded_by", "error_reason"]


class ObservationShown(serializers.ModelSerializer[Observation]):
    """One value of one instrument."""

    instrument = serializers.CharField(source="instrument.code", read_only=True)
    value = Value(read_only=True)
    reference_high = Value(read_only=True, allow_null=True)
    quality = serializers.CharField(read_only=True)
    position = serializers.CharField(read_only=True)

    class Meta:
        model = Observation
        fields = [
            *FACT, "instrument", "value", "unit", "sent_value", "sent_unit", "reference_high", "quality", "position",
            "conditions", "session", "source", "accession", "confirmed", "baseline", "corrects",
        ]  # fmt: skip
        read_only_fields = fields


class MeasuredBody(Body):
    """What a value and its correction have in common."""

    value = Value()
    unit = serializers.CharField(max_length=40, required=False, allow_blank=True, help_text="UCUM.")
    reference_high = serializers.DecimalField(
        max_digits=14, decimal_places=4, required=False, allow_null=True, help_text="The laboratory's upper limit."
    )
    quality = serializers.ChoiceField(choices=Observation.Quality.choices, required=False, allow_blank=True)
    position = serializers.ChoiceField(choices=Observation.Position.choices, required=False, allow_blank=True)
    conditions = serializers.CharField(max_length=100, required=False, allow_blank=True, validators=[NO_CONTROL])
    session = serializers.UUIDField(
        required=False, allow_null=True, help_text="The same for values of one test session."
    )
    confirmed = serializers.BooleanField(required=False, help_text="The value is unusual and was looked at twice.")
    baseline = serializers.BooleanField(
        required=False, help_text="A clinician marks it as the value to compare later ones with."
    )


class NewObservation(MeasuredBody):
    """A value to be recorded."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    instrument = ByCode(Instrument, "code")
    effective_at = Moment()
    source: Any = serializers.CharField(max_length=200, required=False, allow_blank=True, validators=[NO_CONTROL])
    accession = serializers.CharField(max_length=100, required=False, allow_blank=True, validators=[NO_CONTROL])


class Correction(MeasuredBody):
    """The right value, in place of a wrong one."""

    effective_at = Moment(required=False)


class BulkObservations(Body):
    """Up to 1,000 values, each as `POST /observations/` takes it, with `source` and `accession`."""

    items = serializers.ListField(child=serializers.JSONField(allow_null=True), min_length=1, max_length=1000)


#: What can become of an item.
BULK = ["created", "repeated", "refused"]


class BulkAnswer(serializers.Serializer[Any]):
    """What became of one item."""

    index = serializers.IntegerField()
    status = serializers.ChoiceField(choices=BULK)
    id = serializers.UUIDField(required=False)
    problem = serializers.JSONField(required=False, help_text="A problem document, for a refused item.")


class BulkAnswers(serializers.Serializer[Any]):
    """What became of every item, in their order."""

    created = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkAnswer(many=True)


class ConditionShown(serializers.ModelSerializer[Condition]):
    """A finding or a complication."""

    code = serializers.CharField(source="concept.code", read_only=True)
    name = serializers.CharField(source="concept.name", read_only=True)
    severity = serializers.CharField(read_only=True)
    icd10_cm: Any = serializers.ListField(source="concept.icd10_cm", child=serializers.CharField(), read_only=True)
    icd10_who: Any = serializers.ListField(source="concept.icd10_who", child=serializers.CharField(), read_only=True)

    class Meta:
        model = Condition
        fields = [
            *FACT,
            "code",
            "name",
            "severity",
            "icd10",
            "icd10_cm",
            "icd10_who",
            "note",
            "resolved_at",
            "resolution",
        ]
        read_only_fields = fields


class NewCondition(Body):
    """A finding or complication to be recorded."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    effective_at = Moment(help_text="Its onset.")
    severity = serializers.ChoiceField(choices=Condition.Severity.choices, required=False, allow_blank=True)
    icd10 = serializers.CharField(max_length=10, required=False, allow_blank=True)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, validators=[NO_CONTROL])


class NewFinding(NewCondition):
    """A finding to be recorded."""

    code = ByCode(Concept, "code", source="concept", only={"category": Concept.Category.FINDING})


class NewComplication(NewCondition):
    """A complication to be recorded."""

    code = ByCode(Concept, "code", source="concept", only={"category": Concept.Category.COMPLICATION})


class ResolutionShown(serializers.ModelSerializer[Resolution]):
    """A discipline's statement that a problem is over."""

    code = serializers.CharField(source="concept.code", read_only=True)
    discipline = serializers.CharField(source="discipline.code", read_only=True)

    class Meta:
        model = Resolution
        fields = [*FACT, "code", "discipline", "note"]
        read_only_fields = fields


class NewResolution(Body):
    """What is over. `discipline` is your own; a service or a coordinator names whose statement it is."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    code = ByCode(Concept, "code", source="concept")
    effective_at = Moment()
    discipline = ByCode(Discipline, "code", required=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, validators=[NO_CONTROL])


class AssessmentShown(serializers.ModelSerializer[Assessment]):
    """That somebody looked."""

    discipline = serializers.CharField(source="discipline.code", read_only=True)

    class Meta:
        model = Assessment
        fields = [*FACT, "kind", "discipline", "result", "note"]
        read_only_fields = fields


class NewAssessment(Body):
    """An examination or a documented decision. `discipline` is your own; a service or a coordinator names it."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    kind = serializers.ChoiceField(choices=Assessment.Kind.choices)
    effective_at = Moment()
    discipline = ByCode(Discipline, "code", required=False)
    result = serializers.CharField(max_length=40, required=False, allow_blank=True, validators=[NO_CONTROL])
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class AdverseEventShown(serializers.ModelSerializer[AdverseEvent]):
    """A side effect of a medicine; `name` says what happened."""

    medicine = serializers.CharField(source="medicine.code", read_only=True)
    medicine_name = serializers.CharField(source="medicine.name", read_only=True)
    effect = serializers.CharField(source="effect.code", read_only=True, default=None, allow_null=True)
    name = serializers.CharField(read_only=True)
    severity = serializers.CharField(read_only=True)
    causality = serializers.CharField(read_only=True)
    outcome = serializers.CharField(read_only=True)
    action_taken = serializers.CharField(read_only=True)

    class Meta:
        model = AdverseEvent
        fields = [
            *FACT, "medicine", "medicine_name", "effect", "name", "description", "severity", "seriousness", "causality",
            "outcome", "resolved_at", "action_taken", "note",
        ]  # fmt: skip
        read_only_fields = fields


class NewAdverseEvent(Body):
    """A side effect to be recorded: `effect`, one that is known of the medicine, or `description`, or both."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    medicine = ByCode(Medicine, "code", help_text="The one that is suspected.")
    effective_at = Moment(help_text="When it began.")
    effect = ByCode(MedicineEffect, "code", required=False, allow_null=True)
    description = serializers.CharField(max_length=200, required=False, allow_blank=True, validators=[NO_CONTROL])
    severity = serializers.ChoiceField(choices=AdverseEvent.Severity.choices)
    seriousness = serializers.BooleanField(
        help_text="Fatal or a danger to life, led to a stay in hospital or prolonged one, or left lasting harm."
    )
    causality = serializers.ChoiceField(choices=AdverseEvent.Causality.choices, required=False, allow_blank=True)
    outcome = serializers.ChoiceField(choices=AdverseEvent.Outcome.choices, required=False)
    resolved_at = Moment(required=False, allow_null=True)
    action_taken = serializers.ChoiceField(
        choices=AdverseEvent.Action.choices,
        required=False,
        allow_blank=True,
        help_text="About the medicine. It informs; the plan stays as it is.",
    )
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, validators=[NO_CONTROL])


class AttendanceShown(serializers.ModelSerializer[Attendance]):
    """Whether a session took place."""

    intervention = serializers.CharField(source="intervention.code", read_only=True)
    discipline = serializers.CharField(source="discipline.code", read_only=True)
    outcome = serializers.CharField(read_only=True)

    class Meta:
        model = Attendance
        fields = [*FACT, "intervention", "discipline", "outcome", "note"]
        read_only_fields = fields


class NewAttendance(Body):
    """A session. `discipline` is your own; a service or a coordinator names it."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    intervention = ByCode(Intervention, "code")
    effective_at = Moment(help_text="When the session was, or would have been.")
    outcome = serializers.ChoiceField(choices=Attendance.Outcome.choices)
    discipline = ByCode(Discipline, "code", required=False)
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, validators=[NO_CONTROL])
