"""What a hospital says differently."""

from django.conf import settings
from django.db import models

from apps.common.models import Versioned
from apps.knowledge.models.base import KnowledgeRows, Shipped
from apps.knowledge.models.measures import Panel
from apps.knowledge.models.medicines import DoseGuidance, Medicine, MonitoringSchedule, Prerequisite, ResponseWindow
from apps.knowledge.models.pathways import Intervention, PathwayStep, TherapyGoal
from apps.knowledge.models.referrals import ReferralReason


def _named(*models_: type[Shipped]) -> dict[str, type[Shipped]]:
    return {str(model._meta.model_name): model for model in models_}


#: Kinds of rows of which a hospital may have its own, and kinds of which it may change values, by the names it knows them by.
LOCAL_KINDS = _named(
    Medicine, DoseGuidance, Prerequisite, MonitoringSchedule, Intervention, TherapyGoal, ReferralReason
)
OVERRIDABLE = LOCAL_KINDS | _named(ResponseWindow, Panel, PathwayStep)


class Override(Versioned):
    """A hospital's own values of one shipped row, or that it is not used here, and why. An upgrade never touches it.

    `kind` is the model's name in lower case, `code` the row's code, `values` {field: value}; a field that is not named keeps the
    shipped value. What holds is computed when knowledge is read, so that both stay visible.
    """

    audited_fields = frozenset({"kind", "code", "values", "hidden"})

    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=60)
    values = models.JSONField(default=dict, blank=True)
    hidden = models.BooleanField(default=False, help_text="Not used at this hospital.")
    reason = models.CharField(max_length=200)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField()

    objects = KnowledgeRows.as_manager()

    class Meta:
        verbose_name = "own value"
        ordering = ["kind", "code"]
        constraints = [models.UniqueConstraint(fields=["kind", "code"], name="one_override_a_row")]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Stamp(models.Model):
    """One row, whose value is another after every change of knowledge; triggers set it (migrations 0006 and 0008).

    What was computed from knowledge under a value holds for as long as that value stands. It is random and not a number that
    goes up: a number that was rolled back would come again with something else behind it.
    """

    id = models.BooleanField(primary_key=True, default=True)
    value = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=True), name="knowledge_stamp_has_one_row")]
