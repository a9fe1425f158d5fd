"""How escalations are shown and sent."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.escalation.citing import sources_of
from apps.escalation.models import FACTS, Action, Criterion, Escalation, Evidence
from apps.nudges.models import Severity
from apps.patients.models import Patient
from apps.rest.bodies import Body
from apps.rest.fields import ByCode, Visible

#: What a clinician can say of how much it presses.
CLINICIANS = Severity.choices[:3]


class EvidenceShown(serializers.ModelSerializer[Evidence]):
    """A fact that holds an escalation up, as it was then; or, with `context`, one that belongs to the circumstances."""

    stands = serializers.BooleanField(read_only=True)

    class Meta:
        model = Evidence
        fields = [*FACTS, "context", "words", "snapshot", "effective_at", "added_at", "stands"]
        read_only_fields = fields


class CitedSource(serializers.Serializer[Any]):
    """Where a criterion or one of its numbers comes from: the source's title, and what a statement of it says in our words."""

    code = serializers.CharField()
    title = serializers.CharField()
    says = serializers.CharField()
    mark = serializers.CharField(help_text="How it was verified: V, V2, S, GK or LP.")


class ActionShown(serializers.ModelSerializer[Action]):
    """What somebody did."""

    name = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = Action
        fields = ["words", "by", "name", "at", "referral"]
        read_only_fields = fields


ESCALATION = [
    "id", "patient", "criterion", "name", "key", "severity", "state", "source", "stated_by", "reason", "explanation",
    "criterion_version", "values_used", "opened_at", "acted_at", "ended_at", "ended_by", "end_reason",
    "holds_no_longer_since", "nudge", "version",
]  # fmt: skip


class EscalationListed(serializers.ModelSerializer[Escalation]):
    """A criterion that is met for a patient."""

    criterion = serializers.CharField(source="criterion.code", read_only=True)
    name = serializers.CharField(source="criterion_version.name", read_only=True)

    class Meta:
        model = Escalation
        fields = ESCALATION
        read_only_fields = fields


class EscalationShown(EscalationListed):
    """The same with what it rests on, where that comes from, and what was done."""

    sources: Any = serializers.SerializerMethodField()
    evidence: Any = EvidenceShown(many=True, read_only=True)
    actions: Any = ActionShown(many=True, read_only=True)

    class Meta(EscalationListed.Meta):
        fields = [*ESCALATION, "sources", "evidence", "actions"]
        read_only_fields = fields

    @extend_schema_field(CitedSource(many=True))
    def get_sources(self, row: Escalation) -> Any:
        """What its wording cites, and what its numbers are from."""
        return CitedSource(sources_of(row), many=True).data


class CriterionMet(Body):
    """What a clinician says: which criterion is met, and why."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    criterion = ByCode(Criterion, "code")
    reason = serializers.CharField(max_length=500)
    severity = serializers.ChoiceField(choices=CLINICIANS, required=False)


class Acted(Body):
    """What was done."""

    words = serializers.CharField(max_length=1000)


class Closed(Body):
    """Why it is over."""

    reason = serializers.CharField(max_length=500)
