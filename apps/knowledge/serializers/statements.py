"""What the sources say, ladders of treatment, and what is done beside medicines."""

from typing import Any

from rest_framework import serializers

from apps.knowledge.models import (
    Edition,
    Figure,
    Intervention,
    Pathway,
    PathwayStep,
    Principle,
    Statement,
    TherapyGoal,
    Verification,
)
from apps.knowledge.serializers.base import CITED, Exact, KnownShown


class StatementShown(Exact):
    """One thing that one source says."""

    source: Any = serializers.CharField(source="source.key", read_only=True)
    mark = serializers.CharField(read_only=True)
    mark_meaning = serializers.CharField(source="get_mark_display", read_only=True)
    edition = serializers.CharField(source="edition.code", read_only=True)

    class Meta:
        model = Statement
        fields = [
            "id", "code", "source", "text", "population", "references", "caveat", "mark", "mark_meaning", "retired", "edition",
        ]  # fmt: skip
        read_only_fields = fields


class EditionShown(serializers.ModelSerializer[Edition]):
    """An edition of the shipped knowledge, as it was loaded; the one loaded last is in force."""

    class Meta:
        model = Edition
        fields = ["id", "code", "digest", "loaded_at"]
        read_only_fields = fields


class VerificationShown(KnownShown):
    """What a check of a source's claim found."""

    class Meta:
        model = Verification
        fields = ["id", "code", "claim", "finding", *CITED]
        read_only_fields = fields


class FigureShown(KnownShown):
    """A number about the disease or an outcome; figures of one topic may contradict each other."""

    class Meta:
        model = Figure
        fields = ["id", "code", "topic", "name", "low", "high", "unit", "population", "counted_in", *CITED]
        read_only_fields = fields


class PrincipleShown(KnownShown):
    """A rule of thumb, for the population it names and no other."""

    class Meta:
        model = Principle
        fields = ["id", "code", "text", "population", *CITED]
        read_only_fields = fields


class OptionShown(serializers.Serializer[Any]):
    """One of the alternatives of a step: everything in it together."""

    code = serializers.CharField()
    name = serializers.CharField()
    medicines = serializers.ListField(child=serializers.CharField())
    interventions = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField(allow_blank=True)


class StepShown(KnownShown):
    """A rung of a ladder."""

    options = OptionShown(many=True, read_only=True)

    class Meta:
        model = PathwayStep
        fields = ["id", "code", "ordinal", "name", "enter_when", "options", "review_after_weeks", *CITED]
        read_only_fields = fields


class PathwayShown(KnownShown):
    """A ladder of treatment for one population."""

    steps = StepShown(many=True, read_only=True, source="about.steps")

    class Meta:
        model = Pathway
        fields = ["id", "code", "name", "population", "steps", *CITED]
        read_only_fields = fields


class InterventionShown(KnownShown):
    """Something that helps and is no medicine."""

    class Meta:
        model = Intervention
        fields = ["id", "code", "name", "disciplines", "benefits", "prevents", "detail", "attended", *CITED]
        read_only_fields = fields


class GoalShown(KnownShown):
    """What treatment is for."""

    class Meta:
        model = TherapyGoal
        fields = ["id", "code", "name", "measures", *CITED]
        read_only_fields = fields
