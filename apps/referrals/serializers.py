"""How referrals are shown and sent."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import Site
from apps.knowledge.models import Discipline, ReferralReason
from apps.observations.serializers import Moment
from apps.patients.models import Patient
from apps.plans.serializers.fields import Day
from apps.referrals.models import Attachment, Referral, Transition, Visit
from apps.referrals.moves import MOVES, SHOWN
from apps.referrals.reading import summary, withhold
from apps.rest.bodies import Body
from apps.rest.fields import ByCode, Visible
from apps.teams.models import Member

WORDS = 1000


class PlaceShown(serializers.Serializer[Any]):
    """Where it is, whose turn it is, since when, and what happens if nobody moves."""

    where = serializers.CharField()
    turn = serializers.CharField(allow_null=True)
    waits_for = serializers.CharField(allow_null=True)
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True)
    overdue = serializers.BooleanField()
    otherwise = serializers.CharField()


class TransitionShown(serializers.ModelSerializer[Transition]):
    """One move."""

    name = serializers.CharField(source="by.name", read_only=True, allow_null=True, default=None)
    to = serializers.CharField(source="to.code", read_only=True)

    class Meta:
        model = Transition
        fields = ["number", "move", "source", "target", "by", "name", "party", "at", "words", "owner", "sender", "to"]
        read_only_fields = fields


class VisitShown(serializers.ModelSerializer[Visit]):
    """A visit."""

    class Meta:
        model = Visit
        fields = ["id", "starts_at", "place", "status", "words", "booked_at", "booked_by"]
        read_only_fields = fields


class AttachmentShown(serializers.ModelSerializer[Attachment]):
    """A fact as it was when it was attached, and whether it still stands."""

    stands = serializers.BooleanField(read_only=True)

    class Meta:
        model = Attachment
        fields = ["observation", "condition", "assessment", "words", "effective_at", "attached_at", "stands"]
        read_only_fields = fields


REFERRAL = [
    "id", "patient", "reason", "reason_name", "urgency", "question", "sender", "sender_name", "sender_discipline",
    "to", "to_site", "to_member", "outside", "owner", "owner_name", "state", "task_status", "place",
    "allowed_actions", "patient_informed", "placer_number", "filler_number", "target_on", "target_at", "because_of",
    "drafted_at", "sent_at", "seen_at", "ended_at", "end_reason", "nudge", "stuck_nudge", "version",
]  # fmt: skip


class ReferralListed(serializers.ModelSerializer[Referral]):
    """A referral, with where it is and what you can do."""

    reason = serializers.CharField(source="reason.code", read_only=True)
    reason_name = serializers.CharField(source="reason.name", read_only=True)
    sender_name = serializers.CharField(source="sender.name", read_only=True)
    sender_discipline = serializers.CharField(source="sender_discipline.code", read_only=True)
    owner_name = serializers.CharField(source="owner.name", read_only=True)
    to = serializers.CharField(source="to.code", read_only=True)
    task_status = serializers.CharField(read_only=True, help_text="As FHIR R4 calls the state (Task.status).")
    place = serializers.SerializerMethodField()
    allowed_actions = serializers.SerializerMethodField()

    class Meta:
        model = Referral
        fields = REFERRAL
        read_only_fields = fields

    @extend_schema_field(PlaceShown)
    def get_place(self, row: Referral) -> dict[str, Any]:
        """Where it is."""
        at: datetime = self.context["at"]
        return dict(PlaceShown(summary(row, at)).data)

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(choices=sorted(MOVES))))
    def get_allowed_actions(self, row: Referral) -> list[str]:
        """What you can do with it now: each is an address below this one, with hyphens."""
        found: list[str] = self.context["standing"].actions(row)
        return found


class ReferralShown(ReferralListed):
    """The same with the report, every move, each visit, and the facts that were sent along."""

    transitions: Any = TransitionShown(many=True, read_only=True)
    visits: Any = VisitShown(many=True, read_only=True)
    attachments: Any = AttachmentShown(many=True, read_only=True)

    class Meta(ReferralListed.Meta):
        fields = [*REFERRAL, "outcome_note", "review_note", "transitions", "visits", "attachments"]
        read_only_fields = fields

    def to_representation(self, row: Referral) -> dict[str, Any]:
        """What the reader may read of it."""
        seen: Callable[[UUID], bool] = self.context["sees"]
        shown = row.state not in SHOWN or seen(row.patient_id)
        found: dict[str, Any] = super().to_representation(withhold(row, seen=shown))
        return found


def members() -> Visible:
    """Somebody who can be asked."""
    return Visible(
        lambda actor: Member.objects.visible_to(actor).filter(active=True).select_related("user", "discipline"),
        required=False, allow_null=True,
    )  # fmt: skip


def sites() -> Visible:
    """Where they are asked."""
    return Visible(lambda actor: Site.objects.filter(active=True), required=False)


class Content(Body):
    """What a referral says."""

    reason = ByCode(ReferralReason, "code")
    question = serializers.CharField(max_length=1000, required=False, allow_blank=True)
    urgency = serializers.ChoiceField(choices=Referral.Urgency.choices, required=False)
    to = ByCode(Discipline, "code", required=False)
    to_site = sites()
    to_member = members()
    outside = serializers.CharField(max_length=200, required=False, allow_blank=True)
    facts = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=50,
        help_text="Ids of observations, findings, complications and assessments to send along, as they are now.",
    )  # fmt: skip
    patient_informed = serializers.BooleanField(required=False)
    placer_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    target_on = Day(required=False, allow_null=True)


class Drafted(Content):
    """A new referral; `send` sends it at once."""

    patient = Visible(lambda actor: Patient.objects.visible_to(actor))
    sender = Visible(
        lambda actor: Member.objects.visible_to(actor).filter(active=True).select_related("user", "discipline"),
        required=False, help_text="In whose name a coordinator writes.",
    )  # fmt: skip
    beside_open = serializers.BooleanField(
        required=False, help_text="Another one for this reason is open, and this one is meant beside it."
    )
    send = serializers.BooleanField(required=False)


class Changed(Content):
    """What is different."""

    reason = ByCode(ReferralReason, "code", required=False)
    filler_number = serializers.CharField(max_length=60, required=False, allow_blank=True)


class Said(Body):
    """What is said with a move; without it where that is enough."""

    words = serializers.CharField(max_length=WORDS, required=False, allow_blank=True)


class Why(Body):
    """Why, or what is asked or answered."""

    words = serializers.CharField(max_length=WORDS)


class Accepted(Said):
    """Taking it on."""

    filler_number = serializers.CharField(max_length=60, required=False, allow_blank=True)


class Rerouted(Why):
    """Where it goes instead."""

    to = ByCode(Discipline, "code", required=False)
    to_site = sites()
    to_member = members()
    outside = serializers.CharField(max_length=200, required=False, allow_blank=True)


class Booked(Body):
    """When and where the patient will be seen."""

    starts_at = Moment()
    place = serializers.CharField(max_length=200, required=False, allow_blank=True)


class Moved(Booked):
    """Another time, and why."""

    words = serializers.CharField(max_length=500)


class Seen(Body):
    """When the patient was seen; now, unless said."""

    seen_at = Moment(required=False)


class Reported(Body):
    """The report."""

    outcome_note = serializers.CharField(max_length=4000)
    filler_number = serializers.CharField(max_length=60, required=False, allow_blank=True)


class Reviewed(Body):
    """What follows from the report."""

    review_note = serializers.CharField(max_length=WORDS)


class Assigned(Said):
    """Who has it from now on."""

    to_member = Visible(
        lambda actor: Member.objects.visible_to(actor).filter(active=True).select_related("user", "discipline")
    )


class Suggested(Content):
    """A referral that suggests itself, sent in one step: everything has its value already and may be said differently."""

    reason = ByCode(ReferralReason, "code", required=False, help_text="Without it, what suggests itself first.")
    beside_open = serializers.BooleanField(
        required=False, help_text="Another one for this reason is open, and this one is meant beside it."
    )
    send = serializers.BooleanField(required=False, help_text="False leaves it as a draft.")


class SuggestionShown(serializers.Serializer[Any]):
    """A referral that suggests itself, as it would be sent."""

    reason = serializers.CharField(source="reason.code")
    reason_name = serializers.CharField(source="reason.name")
    to = serializers.CharField(source="reason.to.code")
    urgency = serializers.ChoiceField(source="reason.urgency", choices=Referral.Urgency.choices)
    target = serializers.CharField(source="reason.target", help_text="Empty where nothing gives a time.")
    target_means = serializers.CharField(source="reason.target_means")
    question = serializers.CharField(source="reason.question")
    facts = serializers.ListField(child=serializers.UUIDField(), help_text="What would be sent along.")
    because = serializers.ListField(child=serializers.CharField())
    open_referral = serializers.UUIDField(
        source="present.pk",
        default=None,
        allow_null=True,
        help_text="The open referral for this reason, if there is one.",
    )
