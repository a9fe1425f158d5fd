"""How criteria and escalations are shown and sent."""

from typing import Any

from rest_framework import serializers

from apps.escalation.models import Action, Criterion, CriterionVersion, Escalation, Evidence
from apps.nudges.models import Severity
from apps.patients.models import Patient
from apps.rest.bodies import Body
from apps.rest.fields import ByCode, Visible

#: What a clinician can say of how much it presses.
CLINICIANS = Severity.choices[:3]


class CriterionVersionShown(serializers.ModelSerializer[CriterionVersion]):
    """One wording of a criterion."""

    criterion = serializers.CharField(source="criterion.code", read_only=True)
    group = serializers.CharField(source="criterion.group", read_only=True)

    class Meta:
        model = CriterionVersion
        fields = [
            "id", "criterion", "group", "number", "name", "state", "when", "clears", "severity", "variants", "asks", "informs",
            "acknowledge_within", "act_within", "excludes", "advice", "parameters", "citations", "origin", "author",
            "written_at", "signed_by", "signed_at", "waiver", "active_from", "active_until", "version",
        ]  # fmt: skip
        read_only_fields = fields


class Signature(Body):
    """A signature; `waiver` says why a wording is signed whose tests have not run."""

    waiver = serializers.CharField(max_length=300, required=False, allow_blank=True)


class EvidenceShown(serializers.ModelSerializer[Evidence]):
    """A fact that holds an escalation up, as it was then."""

    stands = serializers.BooleanField(read_only=True)

    class Meta:
        model = Evidence
        fields = ["observation", "condition", "words", "snapshot", "effective_at", "added_at", "stands"]
        read_only_fields = fields


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
    """The same with what it rests on and what was done."""

    evidence: Any = EvidenceShown(many=True, read_only=True)
    actions: Any = ActionShown(many=True, read_only=True)

    class Meta(EscalationListed.Meta):
        fields = [*ESCALATION, "evidence", "actions"]
        read_only_fields = fields


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
