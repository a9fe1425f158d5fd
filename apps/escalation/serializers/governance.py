"""How trials and sites' own values are shown and sent."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.accounts.models import Site
from apps.accounts.permissions import Permission
from apps.escalation.models import Criterion, SiteValue, TestResult, Trial
from apps.rest.bodies import Body
from apps.rest.fields import ByCode, Visible

TRIAL = [
    "id", "criterion", "criterion_version", "number", "kind", "since", "digest", "state", "asked_by", "asked_at", "done_at",
    "error",
]  # fmt: skip


class TestResultShown(serializers.ModelSerializer[TestResult]):
    """How one journey or vector went."""

    class Meta:
        model = TestResult
        fields = ["journey", "title", "passed", "difference", "ran_at"]
        read_only_fields = fields


class TrialListed(serializers.ModelSerializer[Trial]):
    """A wording being tried out."""

    criterion = serializers.CharField(source="criterion_version.criterion.code", read_only=True)
    number = serializers.IntegerField(source="criterion_version.number", read_only=True)

    class Meta:
        model = Trial
        fields = TRIAL
        read_only_fields = fields


class TrialShown(TrialListed):
    """The same with what came of it: of a test each journey, of a backtest its figures. Of its patients you are told only of
    those whom you may see.
    """

    result = serializers.SerializerMethodField()
    results: Any = TestResultShown(many=True, read_only=True)

    class Meta(TrialListed.Meta):
        fields = [*TRIAL, "result", "results"]
        read_only_fields = fields

    @extend_schema_field(serializers.JSONField())
    def get_result(self, row: Trial) -> Any:
        """As far as it is for this reader, which the view has looked at; otherwise nothing."""
        return self.context.get("disclosed", {})


class Since(Body):
    """From when on a backtest runs."""

    since = serializers.DateTimeField()


class SiteValueShown(serializers.ModelSerializer[SiteValue]):
    """A site's own number in place of a parameter of a criterion."""

    criterion = serializers.CharField(source="criterion.code", read_only=True)

    class Meta:
        model = SiteValue
        fields = [
            "id", "criterion", "site", "name", "value", "reason", "citation", "state", "proposed_by", "proposed_at",
            "signed_by", "signed_at", "ended_by", "ended_at", "version",
        ]  # fmt: skip
        read_only_fields = fields


class NewSiteValue(Body):
    """A number of one's own site, in the parameter's unit."""

    criterion = ByCode(Criterion, "code")
    site = Visible(lambda actor: Site.objects.filter(pk__in=actor.sites_where(Permission.CRITERIA_WRITE)))
    name = serializers.CharField(max_length=40)
    value = serializers.CharField(max_length=20)
    reason = serializers.CharField(max_length=300)
    citation = serializers.CharField(max_length=60, required=False, allow_blank=True)
