"""Has a medicine helped? The measures before and after, what the next step would be, and what the team decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.permissions import Permission
from apps.knowledge import words
from apps.knowledge.in_force import citation
from apps.knowledge.models import DoseGuidance, Instrument, Intervention, Medicine, PathwayStep
from apps.knowledge.shelf import shelf
from apps.plans import operations as plans
from apps.plans import picture, reading
from apps.plans.models import PlanVersion, ResponseReview
from apps.plans.reviews import measures_of
from apps.rest.policy import Needs
from apps.workspace.pages import plan_words
from apps.workspace.pages.answering import AskedDoing, AskedPage
from apps.workspace.pages.forms import attempt

Outcome = ResponseReview.Outcome
#: Each outcome, and what follows from it.
OUTCOMES = {
    Outcome.ESCALATE.value: (
        "Escalate",
        "The next step is proposed. Its new medicines have no dose until somebody prescribes one.",
    ),
    Outcome.CONTINUE.value: ("Continue", "The plan stays as it is."),
    Outcome.DE_ESCALATE.value: (
        "De-escalate",
        "Less will do. Propose the version that says how, in the admin or by the API.",
    ),
}
MISSING = {"before": "before the treatment", "after": "since it began"}
SCORES = {"tis": "Total Improvement Score", "cdasi_a": "Activity of the skin (CDASI)"}


class ReviewPage(AskedPage):
    """What the pages of a review share."""

    policy = Needs(Permission.PATIENTS_READ, (Permission.NUDGES_ANSWER, Permission.PLANS_WRITE))
    rows = ResponseReview
    along = (
        "patient__site", "plan__pathway", "medicine", "nudge__owner", "nudge__offered_to", "nudge__patient__site",
        "reviewed_by", "proposed",
    )  # fmt: skip
    address = "/reviews/"
    verb = "workspace.review"


@dataclass(frozen=True)
class Option:
    """A combination of the next step: what it adds, and for each new medicine what every source says about its dose."""

    code: str
    name: str
    note: str
    medicines: list[tuple[str, list[str]]]
    beside: list[str]


def next_step(row: ResponseReview) -> PathwayStep | None:
    """The rung above the one that is followed; None where there is none."""
    active = row.plan.versions.filter(state=PlanVersion.State.ACTIVE).select_related("step").first()
    if active is None or row.plan.pathway is None:
        return None
    steps = sorted(_offered(PathwayStep, pathway_id=row.plan.pathway_id), key=lambda step: step.ordinal)
    if active.step is None or active.step.pathway_id != row.plan.pathway_id:
        return next(iter(steps[1:]), None)
    here = active.step.ordinal
    return next((step for step in steps if step.ordinal > here), None)


def options_of(row: ResponseReview, step: PathwayStep, at: Any) -> list[Option]:
    """The combinations of a step, without what is taken already."""
    patient = row.patient
    whom = picture.populations(patient, patient.site.local_date(at))
    active = row.plan.versions.filter(state=PlanVersion.State.ACTIVE)
    taken = set(
        Medicine.objects.filter(pk__in=active.values("medicationitems__medicine")).values_list("code", flat=True)
    )
    done = set(
        Intervention.objects.filter(pk__in=active.values("interventionitems__intervention")).values_list(
            "code", flat=True
        )
    )
    medicines = {one.code: one for one in shelf().offered(Medicine) if one.code not in taken}
    beside = {one.code: one.name for one in shelf().offered(Intervention) if one.code not in done}
    return [
        Option(
            one["code"], one["name"], one.get("note", ""),
            [(medicines[code].name, _said_of(medicines[code], whom)) for code in one.get("medicines", []) if code in medicines],
            [beside[code] for code in one.get("interventions", []) if code in beside],
        )
        for one in step.options
    ]  # fmt: skip


def _said_of(medicine: Medicine, whom: frozenset[str]) -> list[str]:
    """What every source says about the dose for such a patient: none preferred."""
    rows = [row for row in _offered(DoseGuidance, medicine_id=medicine.pk) if row.population in whom]
    return [f"{_dose(row)} ({citation(row).words})" for row in rows]


def _dose(row: DoseGuidance) -> str:
    """“Usual range: 15–20 mg/m² a week”, “Not above 25 mg a week”."""
    amount = words.dose(row)
    if row.kind == DoseGuidance.Kind.LIMIT:
        return amount[:1].upper() + amount[1:]
    return f"{row.get_kind_display()}: {amount}"


def _offered(model: type[Any], **values: Any) -> list[Any]:
    """The rows of knowledge that hold here and have these values."""
    rows = shelf().offered(model)
    return [row for row in rows if all(getattr(row, name) == value for name, value in values.items())]


class ReviewForm(forms.Form):
    """What the team decides. The options are those of the next step."""

    outcome = forms.ChoiceField(choices=Outcome.choices, error_messages={"required": "Choose one of the three."})
    option = forms.ChoiceField(required=False)
    reason = forms.CharField(max_length=500, label="Why?", widget=forms.Textarea({"rows": 4}))

    def __init__(self, data: Any = None, *, options: list[Option]) -> None:
        super().__init__(data)
        self.options = options
        self.fields["option"].choices = [(one.code, one.name) for one in options]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Escalating goes to one combination; the others go nowhere, whatever was left ticked."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("outcome") != Outcome.ESCALATE:
            values["option"] = ""
        elif not values.get("option") and len(self.options) > 1 and "option" not in self.errors:
            self.add_error("option", "Choose what is added.")
        return values


class Review(ReviewPage):
    """The review itself: a page behind the question whether a medicine has helped."""

    template = "workspace/review.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Show it."""
        row = self.subject(id)
        return self._page(row)

    def post(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Say “I have it”, or write down what the team decides."""
        row = self.subject(id)
        if request.POST.get("answer") == "have":
            return self.acknowledge(row, "It is yours now. Write down here what the team decides.")
        step = next_step(row)
        form = ReviewForm(request.POST, options=options_of(row, step, self.at) if step is not None else [])
        status = attempt(form, lambda values: self._complete(row, step, values))
        if status:
            return self._page(row, form, status)
        messages.success(request, "Thank you. What you have decided is written down.")
        return HttpResponseRedirect(request.path)

    def _complete(self, row: ResponseReview, step: PathwayStep | None, values: Mapping[str, Any]) -> None:
        rung = step if values["outcome"] == Outcome.ESCALATE else None
        plans.complete_review(response_review=row, by=self.actor, at=self.at, step=rung, **values)

    def _page(self, row: ResponseReview, form: ReviewForm | None = None, status: int = 200) -> HttpResponse:
        scheduled = row.state == ResponseReview.State.SCHEDULED
        step = next_step(row) if scheduled else None
        options = options_of(row, step, self.at) if step is not None else []
        asked = row.nudge.rungs.select_related("user", "discipline").order_by("number") if row.nudge is not None else []
        return self.show(
            review=row, patient=row.patient, step=step, options=options, scheduled=scheduled, status=status, asked=asked,
            outcomes=OUTCOMES, form=form or ReviewForm(options=options), today=row.patient.site.local_date(self.at),
            writes=scheduled and self.actor.may(Permission.PLANS_WRITE), **self._measures(row), **self.asking(row),
        )  # fmt: skip

    def _measures(self, row: ResponseReview) -> dict[str, Any]:
        """Before and after: as they were when it was decided, or as they are now."""
        found = reading.compared(row, self.at)
        if found is None:
            return {}
        missing = [one.rpartition(" ") for one in found["missing"]]
        codes = {*[one["instrument"] for one in found["measures"]], *[code for code, _, _ in missing]}
        known = Instrument.objects.in_bulk(codes, field_name="code")
        order = measures_of(found["score"])
        rows = sorted(found["measures"], key=lambda one: order.index(one["instrument"]))
        return {
            "measures": [_measured(known[one["instrument"]], one) for one in rows], "result": found,
            "missing": [f"{known[code].name}, {MISSING.get(when, when)}" for code, _, when in missing],
            "verdict": plan_words.verdict(found), "score": SCORES.get(found["score"], found["score"]),
        }  # fmt: skip


def _measured(instrument: Instrument, one: Mapping[str, Any]) -> dict[str, Any]:
    """One measure, before and after."""
    return {
        "name": instrument.name,
        "before": _shown(instrument, one["before"]),
        "after": _shown(instrument, one["after"]),
    }


def _shown(instrument: Instrument, measured: Mapping[str, str] | None) -> dict[str, Any] | None:
    """A measured value with its unit, its limit and its day."""
    if measured is None:
        return None
    unit = "" if instrument.unit.startswith("{") else f" {instrument.unit}"
    limit = f", limit {measured['limit']}" if measured["limit"] else ""
    return {"words": f"{measured['value']}{unit}{limit}", "on": date.fromisoformat(measured["on"])}


class Doing(AskedDoing, ReviewPage):
    """Decline, hand over: one form each."""

    def subject(self, pk: UUID) -> ResponseReview:
        """The review about which somebody is asked. Http404 when nobody is."""
        row: ResponseReview = super().subject(pk)
        if row.nudge is None:
            raise Http404
        return row
