"""The admin pages of what follows from plans: what is due, and reviews of the response."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString

from apps.accounts.actors import Actor
from apps.administration.admin import shown_at
from apps.knowledge.admin.base import display
from apps.knowledge.models import Instrument, PathwayStep
from apps.knowledge.shelf import shelf
from apps.plans import operations
from apps.plans.admin import tables
from apps.plans.admin.dressed import Dressed
from apps.plans.admin.tables import SEARCH
from apps.plans.filters import is_overdue
from apps.plans.forms import CompletionForm, step_name
from apps.plans.models import MonitoringItem, ResponseReview
from apps.plans.reading import compared
from apps.plans.views import POLICY, READ
from apps.rest.admin import Verb, actor_of


class Standing(admin.SimpleListFilter):
    """Which rows a list holds: what goes on, unless something else is asked for."""

    title = "standing"
    parameter_name = "standing"
    conditions: dict[str, dict[str, Any]]
    names: tuple[tuple[str, str], ...]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What can be asked for."""
        return list(self.names)

    def choices(self, changelist: Any) -> Any:
        """The first one stands for what is shown when nothing is asked for."""
        first, *rest = self.names
        for value, name in ((None, first[1]), *rest):
            chosen = self.value() == value
            query = changelist.get_query_string({self.parameter_name: value}, [] if value else [self.parameter_name])
            yield {"selected": chosen, "query_string": query, "display": name}


class DueFilter(Standing):
    """What is due."""

    names = (("open", "Goes on"), ("overdue", "Overdue"), ("ended", "Ended"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that were asked for."""
        if self.value() == "ended":
            return queryset.filter(ended_at__isnull=False)
        return queryset.filter(is_overdue()) if self.value() == "overdue" else queryset.filter(ended_at__isnull=True)


@admin.register(MonitoringItem)
class MonitoringItemAdmin(Dressed):
    """What is due: overdue first. Recorded through the pages of facts, never here."""

    policy = READ
    named = ("panel",)
    subject = "monitoring_item"
    patient_field = "patient_id"
    list_display = ("patient", "panel", "standing", "due_on", "last_on", "reasons")
    list_filter = (DueFilter, "panel", "patient__site")
    list_select_related = ("patient", "panel")
    private_search = SEARCH
    ordering = ("overdue_from", "id")
    fields = (
        "of",
        "panel",
        "standing",
        "reasons",
        "every_days",
        "due_on",
        "overdue_from",
        "last_on",
        "requested_on",
        "ended_at",
    )
    readonly_fields = ("of", "standing", "reasons")

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Panels, each with whether it is overdue today at the patient's site."""
        rows = MonitoringItem.objects.visible_to(actor).select_related("patient__site", "panel")
        late = ExpressionWrapper(is_overdue(), output_field=BooleanField())
        return cast("QuerySet[Any]", rows.annotate(late=late))

    @display(description="Patient")
    def of(self, row: MonitoringItem) -> SafeString:
        """The patient, with the way to their page."""
        return tables.link(tables.address(row.patient), row.patient)

    @display(description="Standing", ordering="overdue_from")
    def standing(self, row: Any) -> SafeString:
        """In a word."""
        if row.ended_at is not None:
            return tables.label("ended")
        return tables.label("overdue") if row.late else tables.label("info", "due")

    @display(description="Why")
    def reasons(self, row: MonitoringItem) -> SafeString:
        """Each reason with its interval and where it comes from."""
        return tables.whys(row.why)


class ReviewFilter(Standing):
    """Reviews."""

    names = (("scheduled", "Scheduled"), ("done", "Done"), ("cancelled", "Cancelled"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that were asked for."""
        return queryset.filter(state=self.value() or ResponseReview.State.SCHEDULED)


def _steps(row: ResponseReview) -> dict[str, Any]:
    """The steps to which one can escalate, of those that are offered here: of the plan's pathway, or of all."""
    rows = [step for step in shelf().offered(PathwayStep) if row.plan.pathway_id in {None, step.pathway_id}]
    ordered = sorted(rows, key=lambda one: (one.pathway.name, one.ordinal))
    groups = [
        (step_name(one), [(f"{one.code}:{each['code']}", each["name"]) for each in one.options]) for one in ordered
    ]
    return {"steps": groups}


def _complete(
    *,
    response_review: ResponseReview,
    by: Actor,
    at: datetime,
    outcome: str,
    reason: str,
    step: str,
    version: int | None = None,
) -> ResponseReview | HttpResponse:
    """Write it down; an escalation leads to the version that it proposed."""
    code, _, option = step.partition(":")
    offered = {row.code: row.pk for row in shelf().offered(PathwayStep)} if code else {}
    target = PathwayStep.objects.filter(pk=offered[code]).first() if code in offered else None
    done = operations.complete_review(
        response_review=response_review, by=by, at=at, outcome=outcome, reason=reason, step=target, option=option,
        version=version,
    )  # fmt: skip
    return HttpResponseRedirect(tables.address(done.proposed)) if done.proposed is not None else done


@admin.register(ResponseReview)
class ResponseReviewAdmin(Dressed):
    """Reviews of the response, each with the measures before and after."""

    policy = POLICY
    named = ("medicine",)
    subject = "response_review"
    patient_field = "patient_id"
    change_form_after_template = "knowledge/tables.html"
    list_display = ("patient", "medicine", "due_on", "standing", "outcome")
    list_filter = (ReviewFilter, "score", "medicine", "patient__site")
    private_search = SEARCH
    ordering = ("due_on", "id")
    fields = (
        "of",
        "medicine",
        "started_on",
        "due_on",
        "citation",
        "standing",
        "outcome",
        "reason",
        "reviewed",
        "proposed",
    )
    readonly_fields = ("of", "standing", "reviewed")
    verbs = (
        Verb("complete", "Write down what it has come to", _complete, CompletionForm,
             "The measures stand on the page before this one; they are kept as they are now.",
             lambda row: row.state == ResponseReview.State.SCHEDULED, _steps),
    )  # fmt: skip

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Reviews with their plans."""
        rows = ResponseReview.objects.visible_to(actor)
        return cast(
            "QuerySet[Any]", rows.select_related("patient__site", "medicine", "plan", "proposed", "reviewed_by")
        )

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page, with the comparison."""
        row = self.get_object(request, object_id) if object_id is not None else None
        found = compared(row, actor_of(request).at) if row is not None else None  # type: ignore[arg-type]
        shown = tables.of_comparison(found, _names(found)) if found is not None else []
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "tables": shown})

    @display(description="Plan")
    def of(self, row: ResponseReview) -> SafeString:
        """The patient, with the way to the plan."""
        return tables.link(tables.address(row.plan), row.patient)

    @display(description="State", ordering="state")
    def standing(self, row: ResponseReview) -> SafeString:
        """In a word."""
        return tables.label(row.state, row.get_state_display())

    @display(description="Reviewed")
    def reviewed(self, row: ResponseReview) -> str:
        """By whom, and when."""
        if row.reviewed_at is None:
            return "not yet"
        return (
            f"{row.reviewed_by.name if row.reviewed_by else 'careteam'}, {shown_at(row.reviewed_at, row.patient.site)}"
        )


def _names(found: dict[str, Any]) -> dict[str, str]:
    codes = [one["instrument"] for one in found["measures"]] + [one.split(" ")[0] for one in found["missing"]]
    return dict(Instrument.objects.filter(code__in=codes).values_list("code", "name"))
