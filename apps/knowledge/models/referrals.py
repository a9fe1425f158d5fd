"""Why patients are referred: to whom, how soon, and with which question."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models

from apps.knowledge.models.base import Shipped
from apps.knowledge.models.disciplines import Discipline

SPAN = RegexValidator(
    r"^(same day|[1-9][0-9]{0,2} (min|h|d|wd))\Z",
    "Write a span such as “30 min”, “4 h”, “2 wd” (working days), “14 d” or “same day”.",
)
CRITERION = RegexValidator(r"^[A-Z]{2}-[0-9]{2}\Z", "Write the code of a criterion, such as “SW-01”.")


class ReferralReason(Shipped):
    """A typical reason to refer a patient, one row for each urgency that it can have.

    It suggests and never sends: a person refers, and may word the question anew. `target` is the span in which `target_means`
    has to have happened, in the words of `apps.nudges.times`; empty where no source and no policy gives one. `criteria` are
    codes of criteria at whose escalation the reason suggests itself, `panels` those whose absence does.
    """

    class Urgency(models.TextChoices):
        """As the request-priority codes of FHIR R4."""

        ROUTINE = "routine", "Routine"
        URGENT = "urgent", "Urgent"
        STAT = "stat", "Immediate"

    audited_fields = frozenset({"code", "name", "to", "urgency", "target"})

    name = models.CharField(max_length=150)
    to = models.ForeignKey(Discipline, models.PROTECT, related_name="+", help_text="Who receives the patient.")
    from_disciplines = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Who refers so; empty: anybody."
    )
    urgency = models.CharField(max_length=10, choices=Urgency)
    target = models.CharField(max_length=10, blank=True, validators=[SPAN], help_text="Such as “2 wd” or “same day”.")
    target_means = models.CharField(max_length=150, help_text="What has to have happened by then.")
    question = models.CharField(max_length=500, help_text="What is asked, to begin with.")
    criteria = ArrayField(
        models.CharField(max_length=6, validators=[CRITERION]), default=list, blank=True,
        help_text="Criteria at whose escalation it suggests itself.",
    )  # fmt: skip
    panels = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="Panels whose absence suggests it."
    )

    def __str__(self) -> str:
        return self.name
