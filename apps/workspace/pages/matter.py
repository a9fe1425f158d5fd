"""A matter: what it is about, whose it is, what can be done, and what happened so far."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse

from apps.accounts.permissions import Permission
from apps.escalation import operations as escalation
from apps.escalation.models import Escalation
from apps.escalation.suggesting import suggested
from apps.plans.models import TreatmentPlan
from apps.referrals.suggesting import Suggestion
from apps.workspace.because import Because
from apps.workspace.pages.answering import ANSWERS, AskedDoing, AskedPage
from apps.workspace.pages.forms import Deed
from apps.workspace.timeline import matter_timeline


class MatterPage(AskedPage):
    """What the pages of a matter share."""

    rows = Escalation
    along = (
        "patient__site", "criterion_version__criterion", "criterion_version__signed_by", "nudge__owner", "nudge__offered_to",
        "nudge__patient__site", "stated_by", "ended_by",
    )  # fmt: skip
    address = "/matters/"
    verb = "workspace.matter"

    def heading(self, row: Escalation) -> dict[str, str]:
        """A matter presses by itself, also where nobody is asked."""
        about = row.criterion_version.name
        return {"severity": row.severity, "presses": row.get_severity_display(), "about": about}


class Matter(MatterPage):
    """The matter itself, with the button that says “I have it”."""

    template = "workspace/matter.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Show it."""
        row: Escalation = self.subject(id)
        return self.show(
            matter=row, because=Because(row), timeline=matter_timeline(row),
            actions=row.actions.select_related("by", "referral__owner"), now=self.at, **self.asking(row),
            suggestions=self._suggestions(row), refer=f"/matters/{row.pk}/refer/",
            planned=TreatmentPlan.objects.filter(patient=row.patient_id, ended_at__isnull=True).exists(),
        )  # fmt: skip

    def _suggestions(self, row: Escalation) -> list[Suggestion]:
        """The referrals that suggest themselves, to whoever may send one."""
        if row.state != Escalation.State.OPEN or not self.actor.may(Permission.REFERRALS_WRITE):
            return []
        return suggested(row)

    def post(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Say “I have it”."""
        return self.acknowledge(self.subject(id), "It is yours now. Record here what you do.")


class ActForm(forms.Form):
    """What was done."""

    words = forms.CharField(max_length=1000, label="What did you do?", widget=forms.Textarea({"rows": 4}))


class CloseForm(forms.Form):
    """Why it is over."""

    reason = forms.CharField(max_length=500, label="Why is it over?", widget=forms.Textarea({"rows": 3}))


class Doing(AskedDoing, MatterPage):
    """Act, decline, hand over, close: one form each."""

    doings = {
        "act": Deed(
            "Record what was done",
            "Nobody is asked about it any more. It stays open until its condition or somebody ends it.",
            "Record it", ActForm,
        ),
        **ANSWERS,
        "close": Deed(
            "Close it", "Nobody is asked any more. Something recorded later opens it anew.", "Close it", CloseForm
        ),
    }  # fmt: skip

    def do(self, row: Escalation, doing: str, values: dict[str, Any]) -> None:
        """Act upon it, close it, or answer."""
        if doing in ANSWERS:
            super().do(row, doing, values)
            return
        operation = escalation.act if doing == "act" else escalation.close
        operation(escalation=row, by=self.actor, at=self.at, **values)
