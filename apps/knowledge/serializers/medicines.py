"""Medicines, with everything the sources say about them side by side."""

from typing import Any

from rest_framework import serializers

from apps.knowledge import words
from apps.knowledge.models import (
    Disagreement,
    DoseGuidance,
    Medicine,
    MedicineEffect,
    MonitoringSchedule,
    Panel,
    Prerequisite,
    ResponseWindow,
)
from apps.knowledge.serializers.base import CITED, KnownShown


class EffectShown(KnownShown):
    """Something a medicine does."""

    class Meta:
        model = MedicineEffect
        fields = ["id", "code", "kind", "name", "frequency", "severity", *CITED]
        read_only_fields = fields


class GuidanceShown(KnownShown):
    """What one source says about the dose; where sources differ there is one of each."""

    words = serializers.SerializerMethodField(help_text="The dose in words.")

    class Meta:
        model = DoseGuidance
        fields = [
            "id", "code", "kind", "population", "route", "basis", "low", "high", "unit", "cap_low", "cap_high", "cap_unit",
            "course_days_low", "course_days_high", "interval_low", "interval_high", "interval_unit", "doses", "after_weeks",
            "frequency", "line", "condition", "words", *CITED,
        ]  # fmt: skip
        read_only_fields = fields

    def get_words(self, row: DoseGuidance) -> str:
        """The dose in words."""
        return words.dose(row)


class PrerequisiteShown(KnownShown):
    """What has to be there before a medicine: a panel, or another medicine beside it."""

    panel = serializers.CharField(source="panel.code", read_only=True, allow_null=True, default=None)
    beside = serializers.CharField(source="beside.code", read_only=True, allow_null=True, default=None)
    words = serializers.SerializerMethodField(help_text="The same in words.")

    class Meta:
        model = Prerequisite
        fields = [
            "id", "code", "panel", "beside", "max_age_days", "population", "option", "if_applicable", "holds_first_dose",
            "words", *CITED,
        ]  # fmt: skip
        read_only_fields = fields

    def get_words(self, row: Prerequisite) -> str:
        """The same in words."""
        return words.prerequisite(row)


class PhaseShown(serializers.Serializer[Any]):
    """From this day on, every so many days; null: once."""

    from_day = serializers.IntegerField()
    every_days = serializers.IntegerField(allow_null=True)


class ScheduleShown(KnownShown):
    """How often a panel is due, and for whom."""

    panel = serializers.CharField(source="panel.code", read_only=True)
    medicine = serializers.CharField(source="medicine.code", read_only=True, allow_null=True, default=None)
    phases = PhaseShown(many=True, read_only=True)
    words = serializers.SerializerMethodField(help_text="The same in words.")

    class Meta:
        model = MonitoringSchedule
        fields = [
            "id", "code", "scheme", "reason", "medicine", "klass", "phenotype", "condition", "panel", "anchor", "phases",
            "grace_days", "words", *CITED,
        ]  # fmt: skip
        read_only_fields = fields

    def get_words(self, row: MonitoringSchedule) -> str:
        """The same in words."""
        return words.schedule(row)


class WindowShown(KnownShown):
    """When a treatment should have helped, and when one looks."""

    class Meta:
        model = ResponseWindow
        fields = [
            "id", "code", "klass", "population", "expected_low_weeks", "expected_high_weeks", "review_after_weeks", "score",
            *CITED,
        ]  # fmt: skip
        read_only_fields = fields


class PositionShown(serializers.Serializer[Any]):
    """What one source says."""

    source: Any = serializers.CharField()
    population = serializers.CharField()
    says = serializers.CharField()


class DisagreementShown(KnownShown):
    """Sources that say different things about one topic; none of them is preferred."""

    positions = PositionShown(many=True, read_only=True)

    class Meta:
        model = Disagreement
        fields = ["id", "code", "topic", "positions", "medicines", *CITED]
        read_only_fields = fields


class MedicineShown(KnownShown):
    """A medicine with all that is known about it; every number names its source."""

    effects = EffectShown(many=True, read_only=True, source="about.effects")
    guidance = GuidanceShown(many=True, read_only=True, source="about.guidance")
    prerequisites = PrerequisiteShown(many=True, read_only=True, source="about.prerequisites")
    schedules = ScheduleShown(many=True, read_only=True, source="about.schedules")
    windows = WindowShown(many=True, read_only=True, source="about.windows")
    disagreements = DisagreementShown(many=True, read_only=True, source="about.disagreements")

    class Meta:
        model = Medicine
        fields = [
            "id", "code", "name", "synonyms", "klass", "atc", "routes", "immunosuppressant", "weekly_only", "prednisone_factor",
            "clashes_with", "cost_low", "cost_high", "cost_unit", "cost_caveat", "guidance", "effects", "prerequisites",
            "schedules", "windows", "disagreements", *CITED,
        ]  # fmt: skip
        read_only_fields = fields


class PanelShown(KnownShown):
    """What is done in one go, and how often for whom."""

    schedules = ScheduleShown(many=True, read_only=True, source="about.schedules")

    class Meta:
        model = Panel
        fields = ["id", "code", "name", "measures", "any_of", "assessments", "schedules", *CITED]
        read_only_fields = fields
