"""How nudges are shown and answered."""

from typing import Any

from rest_framework import serializers

from apps.nudges.models import Delivery, Nudge, Response, Rung
from apps.rest.bodies import Body
from apps.rest.fields import Visible
from apps.teams.models import Member


class RungShown(serializers.ModelSerializer[Rung]):
    """Who was asked at a step of the ladder and why it was them."""

    discipline = serializers.CharField(source="discipline.code", read_only=True, allow_null=True, default=None)
    name = serializers.CharField(source="user.name", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Rung
        fields = ["number", "round", "user", "name", "discipline", "why", "at"]
        read_only_fields = fields


class ResponseShown(serializers.ModelSerializer[Response]):
    """What somebody answered."""

    name = serializers.CharField(source="by.name", read_only=True)

    class Meta:
        model = Response
        fields = ["kind", "by", "name", "to", "reason", "via", "at"]
        read_only_fields = fields


class DeliveryShown(serializers.ModelSerializer[Delivery]):
    """One message to one person over one channel."""

    name = serializers.CharField(source="recipient.name", read_only=True)

    class Meta:
        model = Delivery
        fields = [
            "id", "recipient", "name", "channel", "kind", "state", "words", "queued_at", "due_at", "sent_at", "read_at",
            "attempts", "last_error",
        ]  # fmt: skip
        read_only_fields = fields


NUDGE = [
    "id", "patient", "topic", "title", "advice", "link", "severity", "state", "owner", "owner_name", "offered_to",
    "discipline", "step", "round", "opened_at", "acknowledge_by", "act_by", "acknowledged_at", "ended_at", "end_reason",
    "next_step_at", "version",
]  # fmt: skip


class NudgeListed(serializers.ModelSerializer[Nudge]):
    """A question to one person."""

    owner_name = serializers.CharField(source="owner.name", read_only=True, allow_null=True, default=None)
    discipline = serializers.CharField(source="discipline.code", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Nudge
        fields = NUDGE
        read_only_fields = fields


class NudgeShown(NudgeListed):
    """A question to one person, with whom it has climbed past, what was sent, and what was answered."""

    rungs: Any = RungShown(many=True, read_only=True)
    responses: Any = ResponseShown(many=True, read_only=True)
    deliveries: Any = DeliveryShown(many=True, read_only=True)

    class Meta(NudgeListed.Meta):
        fields = [*NUDGE, "rungs", "responses", "deliveries"]
        read_only_fields = fields

    def to_representation(self, instance: Nudge) -> dict[str, Any]:
        """What people have typed may name the patient: an addressee who does not see them reads their own words only."""
        shown: dict[str, Any] = super().to_representation(instance)
        if not getattr(instance, "sees_patient", False):
            me = self.context["view"].actor.user_id
            for response in shown["responses"]:
                response["reason"] = response["reason"] if response["by"] == me else ""
        return shown


class Declined(Body):
    """Why one cannot take it."""

    reason = serializers.CharField(max_length=300)


class HandedOver(Body):
    """To whom it is offered."""

    to = Visible(lambda actor: Member.objects.visible_to(actor).filter(active=True).select_related("user__home_site"))
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class NoticeShown(serializers.ModelSerializer[Delivery]):
    """Something that one was told and need not answer."""

    patient = serializers.UUIDField(source="nudge.patient_id", read_only=True)
    topic = serializers.CharField(source="nudge.topic", read_only=True)
    title = serializers.CharField(source="nudge.title", read_only=True)
    link = serializers.CharField(source="nudge.link", read_only=True)

    class Meta:
        model = Delivery
        fields = [
            "id",
            "nudge",
            "patient",
            "topic",
            "title",
            "link",
            "kind",
            "severity",
            "words",
            "queued_at",
            "read_at",
        ]
        read_only_fields = fields
