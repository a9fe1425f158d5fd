"""The admin page of criteria: read by whoever may, written, tried out, signed and switched on by clinical governance."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString

from apps.accounts.actors import Actor
from apps.accounts.permissions import Permission
from apps.escalation import operations
from apps.escalation.admin import showing
from apps.escalation.admin.writing import WIDE, Start, page_of
from apps.escalation.forms import SignatureForm, SinceForm
from apps.escalation.models import CriterionVersion, SiteValue, Trial
from apps.escalation.operations.criteria import lacks
from apps.escalation.views import GOVERNED
from apps.escalation.views.criteria import with_tests
from apps.knowledge.admin.base import display
from apps.knowledge.admin.tables import Table
from apps.knowledge.models import Discipline
from apps.rest.admin import HouseAdmin, Verb, actor_of

State = CriterionVersion.State


def _open(row: CriterionVersion) -> bool:
    return row.state != State.RETIRED


@admin.register(CriterionVersion)
class CriterionVersionAdmin(HouseAdmin):
    """Wordings of criteria."""

    policy = GOVERNED
    subject = "criterion_version"
    add_by = staticmethod(operations.draft)
    change_form_after_template = "knowledge/tables.html"
    list_display = ("code", "number", "name", "pressing", "standing", "tests", "signed_by", "active_from")
    list_display_links = ("code", "number", "name")
    list_filter = ("state", "criterion__group", "severity")
    list_select_related = ("criterion", "signed_by")
    search_fields = ("criterion__code", "name")
    ordering = ("criterion__code", "-number")
    fieldsets = (
        (None, {"fields": ("code", "number", "name", "group", "standing", "tests")}),
        ("When it fires", {"fields": ("fires", "pressing", "whom", "one_for", "gives_way")}),
        ("When it ends", {"fields": ("ends",)}),
        ("Who", {"fields": ("asked", "told", "acknowledge_within", "act_within", "advice")}),
        ("Where it comes from", {"fields": ("cited", "origin", "based", "written_by", "written_at")}),
        ("Governance", {"fields": ("signed_by", "signed_at", "waiver", "active_from", "active_until")}),
    )
    readonly_fields = (
        "code", "number", "name", "group", "standing", "tests", "fires", "pressing", "whom", "one_for", "gives_way", "ends",
        "asked", "told", "acknowledge_within", "act_within", "advice", "cited", "origin", "based", "written_by", "written_at",
        "signed_by", "signed_at", "waiver", "active_from", "active_until",
    )  # fmt: skip
    verbs = (
        Verb("test", "Test it", operations.ask_for_test, offered=_open,
             explain="A worker plays every journey and vector that names this criterion with exactly this text."
             " Nothing of it stays."),
        Verb("backtest", "Backtest it", operations.ask_for_backtest, SinceForm, offered=_open,
             explain="A worker runs this text over what was recorded: how often it would have fired, for whom, and how many"
             " nudges a week that makes for each discipline, beside the version that is on. Nobody is asked."),
        Verb("sign", "Sign", operations.sign, SignatureForm, offered=lambda row: row.is_draft,
             explain="You put your name to it as a clinician who did not write it.", template="escalation/lacks.html",
             context=lambda row: {"lacks": lacks(row)}),
        Verb("activate", "Switch on", operations.activate, offered=lambda row: row.state == State.SIGNED,
             explain="Everybody in care is looked at by it now, and people are asked. The version that is on is retired."),
        Verb("retire", "Retire", operations.retire, offered=_open,
             explain="It fires no more, or never will. What it has opened stays open."),
    )  # fmt: skip

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Wordings with how they were tested."""
        return with_tests(CriterionVersion.objects.visible_to(actor).select_related("criterion", "author", "signed_by"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the person writes criteria."""
        return actor_of(request).may(Permission.CRITERIA_WRITE)

    def get_urls(self) -> list[Any]:
        """The page's own addresses, those of writing a wording and of comparing two."""
        view = self.admin_site.admin_view
        own = [
            path("<uuid:object_id>/edit/", view(self.edit_view), name="escalation_criterionversion_edit"),
            path("<uuid:object_id>/new/", view(self.new_view), name="escalation_criterionversion_new"),
            path("<uuid:object_id>/compare/", view(self.compare_view), name="escalation_criterionversion_compare"),
        ]
        return [*own, *super().get_urls()]

    def _offers(self, request: HttpRequest, object_id: str | None) -> list[dict[str, str]]:
        """What can be done here; writing is a page of its own."""
        offers = super()._offers(request, object_id)
        row = self.get_object(request, object_id) if object_id is not None else None
        if row is None or not self.has_add_permission(request):
            return offers
        new = {"label": "Write a new version", "url": reverse("admin:escalation_criterionversion_new", args=[row.pk])}
        edit = {"label": "Edit this draft", "url": reverse("admin:escalation_criterionversion_edit", args=[row.pk])}
        mine = row.is_draft and row.author_id is not None and row.author_id == actor_of(request).user_id
        return [*([edit] if mine else []), new, *offers]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of a wording, with its tables; a new criterion is written on a page of its own."""
        if object_id is None:
            return self._write(request, Start(), "Write a new criterion")
        row = self.get_object(request, object_id)
        found = self._tables(request, row) if row is not None else []
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), "tables": found})

    def _tables(self, request: HttpRequest, row: CriterionVersion) -> list[Table]:
        own = SiteValue.objects.filter(criterion=row.criterion).exclude(state=SiteValue.State.ENDED)
        offer = reverse("admin:escalation_sitevalue_add") if self.has_add_permission(request) and _open(row) else ""
        found = [showing.of_parameters(row, own.select_related("site"), offer=offer)] if row.parameters else []
        found += [showing.of_variants(row, _names())] if row.variants else []
        trials = list(row.trials.select_related("asked_by"))
        last = next((one for one in trials if _tested(one, row)), None)
        found += [showing.of_results(list(last.results.all()))] if last is not None else []
        found += [showing.of_trials(trials)] if trials else []
        return [*found, showing.of_versions(row, row.criterion.versions.all())]

    def edit_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Write on one's own draft."""
        row = self._row(request, object_id)
        return self._write(request, Start(draft=row), "Edit this draft")

    def new_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """Write another wording, beginning from this one."""
        row = self._row(request, object_id)
        return self._write(request, Start(base=row), "Write a new version")

    def _write(self, request: HttpRequest, start: Start, title: str) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        page = page_of(request, start)
        if page.made is not None:
            messages.success(request, f"{page.made} is saved as a draft.")
            return HttpResponseRedirect(showing.address(page.made))
        back = showing.address(start.row) if start.row else reverse("admin:escalation_criterionversion_changelist")
        context = {
            **self.admin_site.each_context(request), "title": title, "form": page.form, "explain": start.explain, "wide": WIDE,
            "button": "Save", "back": back, "original": start.row, "opts": self.model._meta,
            "check_at": reverse("criterion-version-check-text"),
        }  # fmt: skip
        return TemplateResponse(request, "escalation/write.html", context)

    def compare_view(self, request: HttpRequest, object_id: UUID) -> HttpResponse:
        """What this wording changes of another one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        after = self._row(request, object_id)
        try:
            before = self._row(request, UUID(request.GET.get("with", "")))
        except ValueError:
            raise Http404 from None
        context = {
            **self.admin_site.each_context(request), "title": f"What {after} changes of {before}", "original": after,
            "tables": [showing.of_changes(before, after)], "back": showing.address(after), "opts": self.model._meta,
        }  # fmt: skip
        return TemplateResponse(request, "escalation/page.html", context)

    def _row(self, request: HttpRequest, pk: UUID) -> CriterionVersion:
        row: CriterionVersion | None = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        return row

    def _done(self, request: HttpRequest, row: Any, verb: Verb, done: Any) -> HttpResponse:
        if not isinstance(done, Trial):
            return super()._done(request, row, verb, done)
        messages.success(
            request, f"{done.get_kind_display()}: a worker is at it. What comes of it will stand on this page."
        )
        return HttpResponseRedirect(showing.address(row))

    @display(description="Code", ordering="criterion__code")
    def code(self, row: CriterionVersion) -> str:
        """The criterion's code."""
        return row.criterion.code

    @display(description="Group")
    def group(self, row: CriterionVersion) -> str:
        """The criterion's group."""
        return row.criterion.get_group_display()

    @display(description="Severity", ordering="severity")
    def pressing(self, row: CriterionVersion) -> SafeString:
        """In a word."""
        return showing.label(row.severity, row.get_severity_display())

    @display(description="State", ordering="state")
    def standing(self, row: CriterionVersion) -> SafeString:
        """In a word."""
        return showing.label(row.state, row.get_state_display())

    @display(description="Tests of this text")
    def tests(self, row: CriterionVersion) -> str:
        """How the last one went."""
        return showing.tested(getattr(row, "last_test", None))

    @display(description="Condition")
    def fires(self, row: CriterionVersion) -> SafeString:
        """As it is written and in words."""
        return showing.expression(row.when, row.parameters)

    @display(description="Condition")
    def ends(self, row: CriterionVersion) -> SafeString:
        """As it is written and in words."""
        return showing.expression(row.clears, row.parameters)

    @display(description="For whom")
    def whom(self, row: CriterionVersion) -> str:
        """The population."""
        return row.get_population_display()

    @display(description="One escalation for")
    def one_for(self, row: CriterionVersion) -> str:
        """The key."""
        return row.get_key_display()

    @display(description="Written by")
    def written_by(self, row: CriterionVersion) -> str:
        """Its author."""
        return row.author.name if row.author is not None else "came with the edition"

    @display(description="Gives way to")
    def gives_way(self, row: CriterionVersion) -> str:
        """Sharper criteria."""
        return ", ".join(row.excludes) or "none"

    @display(description="Asks")
    def asked(self, row: CriterionVersion) -> str:
        """Disciplines in their order."""
        return showing.disciplines(row.asks, _names())

    @display(description="Also tells")
    def told(self, row: CriterionVersion) -> str:
        """Disciplines."""
        return showing.disciplines(row.informs, _names()).replace(", then ", ", ") or "nobody"

    @display(description="Cites")
    def cited(self, row: CriterionVersion) -> str:
        """Sources and statements by their codes."""
        return ", ".join(row.citations)

    @display(description="Based on")
    def based(self, row: CriterionVersion) -> SafeString | str:
        """The wording that it began from."""
        return showing.link(showing.address(row.based_on), row.based_on) if row.based_on is not None else "nothing"


def _tested(trial: Trial, row: CriterionVersion) -> bool:
    return (trial.kind, trial.state, trial.digest) == (Trial.Kind.TEST, Trial.State.DONE, row.digest)


def _names() -> dict[str, str]:
    return dict(cast("QuerySet[Any]", Discipline.objects).values_list("code", "name"))
