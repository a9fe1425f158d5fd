"""How wordings of criteria are shown and sent."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.escalation.models import CriterionVersion
from apps.escalation.models.criteria import CONTENT, Criterion
from apps.escalation.wording import MOST_PARAMETERS, MOST_VARIANTS
from apps.knowledge.models import Mark
from apps.nudges.models import Severity
from apps.rest.bodies import Body
from apps.rest.fields import Few, FewNamed, Visible

#: More than any expression may have: one that is too long is told so by its own rule.
LONG = 10_000


class TestsShown(serializers.Serializer[Any]):
    """How the last test of exactly this text went."""

    passed = serializers.IntegerField()
    failed = serializers.IntegerField()


class CriterionVersionShown(serializers.ModelSerializer[CriterionVersion]):
    """One wording of a criterion. `tests` is null where exactly this text has not been tested."""

    criterion = serializers.CharField(source="criterion.code", read_only=True)
    group = serializers.CharField(source="criterion.group", read_only=True)
    tests = serializers.SerializerMethodField()

    class Meta:
        model = CriterionVersion
        fields = [
            "id", "criterion", "group", "number", "state", *CONTENT, "based_on", "digest", "author", "written_at", "tests",
            "signed_by", "signed_at", "waiver", "active_from", "active_until", "version",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(TestsShown(allow_null=True))
    def get_tests(self, row: CriterionVersion) -> dict[str, int] | None:
        """Of the last test."""
        found: dict[str, int] | None = getattr(row, "last_test", None)
        return found


class Parameter(Body):
    """A number of a criterion."""

    value = serializers.CharField(max_length=20)
    unit = serializers.CharField(max_length=20, allow_blank=True)
    citation = serializers.CharField(max_length=60)
    mark = serializers.ChoiceField(choices=Mark.choices)
    uncertain = serializers.BooleanField(required=False)


def _codes(longest: int = 60, *, needed: bool = True) -> Few:
    child = serializers.CharField(max_length=longest)
    return Few(child=child, required=False, allow_empty=not needed, max_length=30)


class Variant(Body):
    """What is otherwise when a sharper condition holds; the first variant that holds is taken."""

    when = serializers.CharField(max_length=LONG)
    severity = serializers.ChoiceField(choices=Severity.choices)
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)
    asks = _codes()
    informs = _codes(needed=False)
    acknowledge_within = serializers.CharField(max_length=20, required=False)
    act_within = serializers.CharField(max_length=20, required=False)


class Wording(Body):
    """What a wording says; what is not given stays as it is, or has its default."""

    name = serializers.CharField(max_length=150, required=False)
    population = serializers.ChoiceField(choices=CriterionVersion.Population.choices, required=False)
    key = serializers.ChoiceField(choices=CriterionVersion.Key.choices, required=False, allow_blank=True)
    when = serializers.CharField(max_length=LONG, required=False)
    clears = serializers.CharField(max_length=LONG, required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    variants: Any = Few(child=Variant(), required=False, max_length=MOST_VARIANTS)
    asks = _codes()
    informs = _codes(needed=False)
    acknowledge_within = serializers.CharField(max_length=20, required=False)
    act_within = serializers.CharField(max_length=20, required=False)
    excludes = _codes(10, needed=False)
    advice = serializers.CharField(max_length=500, required=False)
    parameters = FewNamed(child=Parameter(), most=MOST_PARAMETERS, required=False)
    citations = _codes()
    origin = serializers.ChoiceField(choices=CriterionVersion.Origin.choices, required=False)


class NewWording(Wording):
    """A new wording: of a criterion that is there (`criterion`), of a new one (with its `group`), or from another wording."""

    criterion = serializers.CharField(max_length=10, required=False)
    group = serializers.ChoiceField(choices=Criterion.Group.choices, required=False)
    based_on = Visible(
        lambda actor: CriterionVersion.objects.visible_to(actor).select_related("criterion"), required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """It must be said of what it is a wording."""
        if "criterion" not in attrs and "based_on" not in attrs:
            raise serializers.ValidationError({"criterion": ["Name a criterion, or the wording that it is based on."]})
        return attrs


class Signature(Body):
    """A signature; `waiver` says why a wording is signed that has not passed all its tests."""

    waiver = serializers.CharField(max_length=300, required=False, allow_blank=True)


class Written(Body):
    """An expression as far as it is written: `field` is what it is for, `parameters` and `key` are those of its wording."""

    FIELDS: ClassVar = ("when", "clears", "variant", "reason")

    field = serializers.ChoiceField(choices=FIELDS, default="when")
    text = serializers.CharField(max_length=LONG, allow_blank=True, trim_whitespace=False)
    parameters = serializers.DictField(child=serializers.JSONField(allow_null=True), required=False)
    key = serializers.ChoiceField(choices=CriterionVersion.Key.choices, required=False, allow_blank=True)


class LookedOver(serializers.Serializer[Any]):
    """What an expression comes to. `position` is where the mistake is, from 0; `tree` is the expression as an outline."""

    ok = serializers.BooleanField()
    error = serializers.CharField()
    position = serializers.IntegerField(allow_null=True)
    tree = serializers.JSONField(allow_null=True)
    words = serializers.DictField(child=serializers.CharField())
    names = serializers.ListField(child=serializers.CharField())


class Piece(serializers.Serializer[Any]):
    """A stretch of text that both wordings have, or only one of them."""

    kind = serializers.CharField()
    text = serializers.CharField()


class Change(serializers.Serializer[Any]):
    """One thing that differs: the field, such as “parameters.positive.value”, before and after, word by word in `pieces`."""

    field = serializers.CharField()
    kind = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)
    pieces = Piece(many=True)


class Comparison(serializers.Serializer[Any]):
    """What the wording of the address changes of another one (`before`)."""

    before = serializers.UUIDField()
    after = serializers.UUIDField()
    changes = Change(many=True)
