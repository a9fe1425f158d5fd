"""How a version of a plan is shown, and what its verbs take."""

from typing import Any

from rest_framework import serializers

from apps.plans.dressing import dressed
from apps.plans.models import PlanVersion
from apps.plans.prerequisites import alert_in
from apps.plans.reading import GoalNow, Whole, dose_words
from apps.plans.serializers.fields import Colleague, Number, PersonShown
from apps.rest.bodies import Body


class ItemShown(serializers.Serializer[Any]):
    """What all items have."""

    item_id = serializers.UUIDField()
    starts_on = serializers.DateField()
    stops_on = serializers.DateField(allow_null=True)
    stop_reason = serializers.CharField()
    note = serializers.CharField()


class PlannedMedication(ItemShown):
    """A medicine in a dosage; `words` says it as a person does."""

    medicine = serializers.CharField(source="medicine.code")
    name = serializers.CharField(source="medicine.name")
    words = serializers.SerializerMethodField()
    dose = Number(allow_null=True)
    unit = serializers.CharField()
    basis = serializers.CharField()
    frequency = serializers.IntegerField(allow_null=True)
    period = serializers.IntegerField(allow_null=True)
    period_unit = serializers.CharField()
    course_days = serializers.IntegerField(allow_null=True)
    route = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    prescriber = PersonShown(allow_null=True)
    indication = serializers.CharField()

    def get_words(self, row: Any) -> str:
        """The dosage."""
        return dose_words(row)


class PlannedIntervention(ItemShown):
    """Something that is done beside medicines."""

    intervention = serializers.CharField(source="intervention.code")
    name = serializers.CharField(source="intervention.name")
    discipline = serializers.CharField(source="discipline.code", default=None, allow_null=True)
    instructions = serializers.CharField()


class ProgressShown(serializers.Serializer[Any]):
    """Where a goal stands. `fraction` is the part of the way from start to target, 0 to 1; null where it cannot be said."""

    start = Number(allow_null=True)
    latest = Number(allow_null=True)
    latest_on = serializers.DateField(allow_null=True)
    fraction = serializers.FloatField(allow_null=True)
    reached = serializers.BooleanField(allow_null=True)


class PlannedGoal(ItemShown):
    """What the plan is for, and how far that is reached."""

    goal = serializers.CharField(source="goal.code", default=None, allow_null=True)
    text = serializers.CharField()
    instrument = serializers.CharField(source="instrument.code", default=None, allow_null=True)
    unit = serializers.CharField(source="instrument.unit", default=None, allow_null=True)
    comparison = serializers.CharField()
    target = Number(allow_null=True)
    due_on = serializers.DateField(allow_null=True)

    progress = ProgressShown(source="now", read_only=True)

    def to_representation(self, row: GoalNow) -> dict[str, Any]:
        """The goal with its progress beside."""
        row.goal.__dict__["now"] = row.now
        return super().to_representation(row.goal)


class SourceLine(serializers.Serializer[Any]):
    """A dose against what one source says; none is averaged, none preferred."""

    kind = serializers.CharField(source="guidance.kind", help_text="range, start, taper, maintenance, pulse, limit …")
    population = serializers.CharField(source="guidance.population", help_text="Whom it is meant for.")
    low = Number(source="guidance.low", allow_null=True)
    high = Number(source="guidance.high", allow_null=True)
    unit = serializers.CharField(source="guidance.unit")
    basis = serializers.CharField(source="guidance.basis", help_text="day, week, dose, course.")
    outcome = serializers.CharField(
        help_text="within, below, above, over_cap, other_population, other_route, not_comparable, not_assessable."
    )
    arithmetic = serializers.CharField()
    citation = serializers.CharField(help_text="Statements and sources, and how they were verified.")
    words = serializers.CharField(help_text="What else is to know.")
    needs: Any = serializers.ListField(child=serializers.CharField(), help_text="weight, height: what is missing.")


class DoseShown(serializers.Serializer[Any]):
    """What the dosages of a medicine come to, and how that stands to every source."""

    medicine = serializers.CharField()
    name = serializers.CharField()
    starts_on = serializers.DateField(help_text="The days that are spoken of: those on which most is taken.")
    stops_on = serializers.DateField(allow_null=True)
    amounts: Any = serializers.DictField(child=Number(), help_text="By unit and time, such as mg_kg_day; rounded.")
    arithmetic: Any = serializers.ListField(child=serializers.CharField())
    sources = SourceLine(many=True, source="lines")


class FoundWarning(serializers.Serializer[Any]):
    """Something about a medicine that somebody has to look at."""

    medicine = serializers.CharField(source="medicine.code")
    code = serializers.CharField()
    severity = serializers.CharField(help_text="urgent, warning, info.")
    words = serializers.CharField()
    arithmetic = serializers.CharField()
    citations: Any = serializers.ListField(child=serializers.CharField())
    needs_reason = serializers.BooleanField()


class ReasonShown(serializers.Serializer[Any]):
    """The reason that was written down, by whom, and when."""

    reason = serializers.CharField()
    reason_by = PersonShown(allow_null=True)
    reason_at = serializers.DateTimeField(allow_null=True)


class WarningShown(FoundWarning, ReasonShown):
    """A warning of a version; `open` while it waits for its reason."""

    id = serializers.UUIDField()
    open = serializers.BooleanField()


class FoundPrerequisite(serializers.Serializer[Any]):
    """How something that has to be there before a medicine stood when it was looked for."""

    medicine = serializers.CharField(source="medicine.code")
    prerequisite = serializers.CharField(source="prerequisite.code")
    panel = serializers.CharField(source="panel.code", default=None, allow_null=True)
    state = serializers.CharField(
        help_text="present, look, missing, too_old, not_applicable, switched_off. `look`: there, but look at the result."
    )
    done_on = serializers.DateField(allow_null=True)
    words = serializers.CharField()
    alert = serializers.SerializerMethodField()
    citation = serializers.CharField()
    holds_first_dose = serializers.BooleanField()

    def get_alert(self, row: Any) -> str:
        """What a result means for the medicine; urgent. Empty: nothing."""
        return alert_in(row.words)


class StandingShown(serializers.Serializer[Any]):
    """How it stands today."""

    state = serializers.CharField()
    on = serializers.DateField(allow_null=True)
    words = serializers.CharField()
    alert = serializers.CharField(help_text="What a result means for the medicine; urgent. Empty: nothing.")


class PrerequisiteNow(serializers.Serializer[Any]):
    """A prerequisite as it was found, and `now` as it stands today; null where nobody waits for it any more."""

    id = serializers.UUIDField(source="check.pk")
    found = FoundPrerequisite(source="check")
    explained = ReasonShown(source="check")
    now = StandingShown(allow_null=True)
    holds = serializers.BooleanField(help_text="Whether the first dose waits for it today.")


class WhyShown(serializers.Serializer[Any]):
    """One reason for which a panel is due, and where it comes from."""

    words = serializers.CharField()
    citation = serializers.CharField(allow_blank=True)
    every_days = serializers.IntegerField(allow_null=True)


class FollowsShown(serializers.Serializer[Any]):
    """What is due because of the version; of a pending one what would be, once its medicines have begun."""

    panel = serializers.CharField()
    name = serializers.CharField()
    why = WhyShown(many=True)
    every_days = serializers.IntegerField(allow_null=True)
    last_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField()
    overdue = serializers.BooleanField()


class ApprovalShown(serializers.Serializer[Any]):
    """Who approved exactly this content, when, and who wrote that down."""

    approver = PersonShown()
    at = serializers.DateTimeField(source="approved_at")
    digest = serializers.CharField(source="approved_digest")
    recorded_by = PersonShown(source="approval_recorded_by", allow_null=True)


class VersionListed(serializers.ModelSerializer[PlanVersion]):
    """A version in a list."""

    patient = serializers.UUIDField(source="plan.patient_id", read_only=True)
    step = serializers.CharField(source="step.code", read_only=True, default=None, allow_null=True)
    state = serializers.CharField(
        read_only=True, help_text="proposed, approved, active, superseded, stopped, withdrawn."
    )

    class Meta:
        model = PlanVersion
        fields = [
            "id", "plan", "patient", "number", "state", "summary", "step", "replaces", "digest", "author", "proposed_at",
            "approver", "approved_at", "activated_at", "ended_at", "end_reason", "version",
        ]  # fmt: skip
        read_only_fields = fields


class VersionShown(VersionListed):
    """A version with everything it says and everything that was found about it."""

    author = PersonShown(read_only=True, allow_null=True)
    approval = serializers.SerializerMethodField()
    medications = PlannedMedication(many=True, read_only=True, source="whole.medications")
    doses = DoseShown(many=True, read_only=True, source="whole.doses")
    warnings = WarningShown(many=True, read_only=True, source="whole.warnings")
    prerequisites = PrerequisiteNow(many=True, read_only=True, source="whole.prerequisites")
    interventions = PlannedIntervention(many=True, read_only=True, source="whole.interventions")
    goals = PlannedGoal(many=True, read_only=True, source="whole.goals")
    monitoring = FollowsShown(many=True, read_only=True, source="whole.follows")

    class Meta(VersionListed.Meta):
        fields = [
            *(name for name in VersionListed.Meta.fields if name not in {"approver", "approved_at"}),
            "approval", "medications", "doses", "warnings", "prerequisites", "interventions", "goals", "monitoring",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, row: PlanVersion) -> dict[str, Any]:
        """The version as it stands at the moment of the request."""
        row.__dict__["whole"] = dressed(Whole(row, self.context["view"].at))
        return super().to_representation(row)

    def get_approval(self, row: PlanVersion) -> ApprovalShown:
        """Null while nobody has approved it."""
        return ApprovalShown(row).data if row.approver_id is not None else None  # type: ignore[return-value]


class TriedOut(serializers.Serializer[Any]):
    """What the checks would find; nothing was written."""

    doses = DoseShown(many=True)
    warnings: Any = FoundWarning(many=True, source="found.warnings")
    prerequisites = FoundPrerequisite(many=True, source="found.prerequisites")


class Approval(Body):
    """An approval: one's own, or, by a coordinator of the patient's site, the written record of another's."""

    approver = Colleague(required=False, allow_null=True, help_text="A user. Empty: oneself.")
    digest = serializers.CharField(
        max_length=64,
        required=False,
        allow_blank=True,
        help_text="Of the content that was read; another one is refused.",
    )


class Explanation(Body):
    """Why a warning is all right here, or why a first dose need not wait; `warning` or `prerequisite` names it by its id."""

    warning = serializers.UUIDField(required=False)
    prerequisite = serializers.UUIDField(required=False)
    reason = serializers.CharField(max_length=300)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one thing is explained."""
        if ("warning" in attrs) == ("prerequisite" in attrs):
            raise serializers.ValidationError({"warning": "Name a warning or a prerequisite, one of the two."})
        return attrs


__all__ = [
    "Approval", "Explanation", "TriedOut", "VersionListed", "VersionShown", "WhyShown",
]  # fmt: skip
