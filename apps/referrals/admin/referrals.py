"""The admin page of referrals: what is stuck or late, where each one is, and every move that a coordinator can make."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.accounts.actors import Actor
from apps.accounts.models import Site
from apps.administration.admin import shown_at
from apps.common.refusals import Invalid
from apps.knowledge.admin.base import display
from apps.knowledge.admin.tables import lines
from apps.knowledge.models import Discipline, ReferralReason
from apps.knowledge.shelf import shelf
from apps.patients.models import Patient
from apps.plans.admin.dressed import Dressed
from apps.plans.admin.tables import SEARCH, address, link
from apps.referrals import operations
from apps.referrals.admin import lists, tables
from apps.referrals.admin.moves import VERBS, asked_at, offers_of
from apps.referrals.forms import NewReferralForm, ReferralForm
from apps.referrals.models import Referral
from apps.referrals.moves import ENDS, State
from apps.referrals.operations.drafting import LATER
from apps.referrals.parties import Standing, standing
from apps.referrals.reading import place, visible, waits_for
from apps.referrals.views import POLICY
from apps.rest.admin import actor_of, offer_link
from apps.teams.models import Member

WRITTEN = (
    "reason", "question", "urgency", "to", "to_site", "to_member", "outside", "patient_informed", "target_on", "placer_number",
)  # fmt: skip


TO_WHOM = ("To whom", {"fields": (("to", "to_site"), ("to_member", "outside"))})
NUMBERS = ("patient_informed", "placer_number")
NEW: Any = (
    (None, {"fields": ("patient", "reason", "question", ("urgency", "target_on"))}),
    TO_WHOM,
    ("Sending it", {"fields": (NUMBERS, "in_name_of", "beside_open", "send")}),
)
DRAFT: Any = (
    (None, {"fields": ("of", "where", "reason", "question", ("urgency", "target_on"))}),
    TO_WHOM,
    ("More", {"fields": (NUMBERS,)}),
)


def _draft(*, by: Actor, at: datetime, in_name_of: Member | None = None, **values: Any) -> Referral:
    """Write a referral; what is wrong with whoever is named stands beside the field that names them."""
    try:
        return operations.draft(by=by, at=at, sender=in_name_of, **values)
    except Invalid as refusal:
        if "sender" in refusal.errors:
            raise Invalid.field("in_name_of", refusal.errors["sender"]) from None
        raise


@admin.register(Referral)
class ReferralAdmin(Dressed):
    """Referrals."""

    policy = POLICY
    named = ("reason", "to", "sender_discipline")
    subject = "referral"
    patient_field = "patient_id"
    add_by = staticmethod(_draft)
    change_by = staticmethod(operations.change)
    form = ReferralForm
    change_form_outer_before_template = "referrals/choose.html"
    change_form_after_template = "knowledge/tables.html"
    raw_id_fields = ("patient",)
    list_display = ("patient", "what", "way", "standing", "turn", "since", "by_when", "trouble")
    list_display_links = ("patient", "what")
    list_filter = (
        lists.WhereFilter, lists.LateFilter, lists.TurnFilter, "urgency", ("to", admin.RelatedOnlyFieldListFilter),
        ("patient__site", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    private_search = SEARCH
    ordering = ("-drafted_at", "-id")
    readonly_fields = ("of", "what", "way", "where", "by_when", "report", "follows", "ended")
    verbs = VERBS

    def visible(self, actor: Actor) -> QuerySet[Any]:
        """Those of patients that the actor sees: these pages name them, unlike those of a department that was only asked."""
        rows = visible(actor).filter(patient__in=Patient.objects.visible_to(actor).values("pk"))
        return lists.with_trouble(rows)

    def get_ordering(self, request: HttpRequest) -> Any:
        """What is stuck first, then what is late, then what is due next."""
        return lists.PRESSING

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, with what whoever asks can do to it."""
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            here, at = _standing(request), actor_of(request).at
            row.__dict__ |= {"offers": here.actions(row), "parties": here.parties(row), "asked_at": at}
        return row

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A draft can be written differently; later a side's own number, and whether the patient is informed."""
        return super().has_change_permission(request, obj) and (obj is None or bool(_editable(obj)))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """In whose name it is written, and whether it is sent at once, is asked of a new one only."""
        base = NewReferralForm if obj is None else ReferralForm
        fixed = {name: None for name in self.get_readonly_fields(request, obj) if name in base.declared_fields}
        kwargs["form"] = type(base.__name__, (base,), fixed)
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"actor": actor_of(request)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """What is written of a draft; of one that was sent where it is, first of all."""
        if obj is None:
            return self.with_version(NEW)
        return self.with_version(DRAFT if obj.state == State.DRAFT else _sent(obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What cannot be said differently any more."""
        if obj is None:
            return self.readonly_fields
        return (*self.readonly_fields, *(name for name in (*WRITTEN, "filler_number") if name not in _editable(obj)))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The patient whose page one comes from, and what the chosen reason fills in."""
        found: dict[str, Any] = {name: request.GET[name] for name in ("patient",) if name in request.GET}
        reason = next((one for one in _reasons() if one.code == request.GET.get("reason")), None)
        if reason is not None:
            found |= {"reason": reason.pk, "urgency": reason.urgency, "question": reason.question, "to": reason.to_id}
        return found

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only what is in use here."""
        if db_field.name == "reason":
            offered = [row.pk for row in _reasons()]
            kwargs["queryset"] = ReferralReason.objects.filter(pk__in=offered).order_by("name")
        elif db_field.name == "to":
            kwargs["queryset"] = Discipline.objects.effective().active().order_by("name")
        elif db_field.name == "to_site":
            kwargs["queryset"] = Site.objects.filter(active=True).order_by("name")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page, with what was sent along, the visits and every move; above a new one the choice of a reason."""
        row = self.get_object(request, object_id) if object_id is not None else None
        shown = {"tables": tables.of_page(row)} if row is not None else {"reasons": _by_receiver(), "tables": []}
        return super().changeform_view(request, object_id, form_url, {**(extra_context or {}), **shown})

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """To its page: a draft still wants its facts, and one that was sent is shown where it is."""
        messages.success(request, "The referral was sent." if obj.state != State.DRAFT else "The referral is a draft.")
        return HttpResponseRedirect(address(obj))

    @display(description="Patient")
    def of(self, row: Referral) -> SafeString:
        """The patient, with the way to their page."""
        return link(address(row.patient), row.patient)

    @display(description="Reason", ordering="reason__name")
    def what(self, row: Referral) -> SafeString:
        """The reason, and how urgent it is."""
        return lines(row.reason.name, row.get_urgency_display())

    @display(description="From, to")
    def way(self, row: Referral) -> SafeString:
        """Who asks whom."""
        return tables.whither(row)

    @display(description="State", ordering="state")
    def standing(self, row: Referral) -> SafeString:
        """Where it is, in a word."""
        return tables.state(row)

    @display(description="Whose turn")
    def turn(self, row: Referral) -> str:
        """The person who is to move it."""
        return waits_for(row)

    @display(description="Since", ordering="wait_since")
    def since(self, row: Referral) -> str:
        """Since when it is there, by the clocks of the patient's site."""
        return shown_at(row.wait_since, row.patient.site)

    @display(description="Target", ordering="target_at")
    def by_when(self, row: Referral) -> str:
        """By when the patient is to be seen; of a draft only where the sender has set a day."""
        return shown_at(row.target_at, row.patient.site) or (row.target_on.isoformat() if row.target_on else "")

    @display(description="Trouble")
    def trouble(self, row: Any) -> SafeString:
        """Whether it is stuck, and whether its target has passed."""
        said = [name for name, there in (("stuck", row.stuck), ("overdue", row.late)) if there]
        return lines(*(tables.label(name, "danger") for name in said))

    @display(description="Where it is")
    def where(self, row: Referral) -> SafeString:
        """Whose turn it is, since when, and what happens if nobody moves."""
        return tables.where(row, place(row, asked_at(row)))

    @display(description="Report")
    def report(self, row: Referral) -> SafeString:
        """What was found and advised, in its lines."""
        return lines(*row.outcome_note.splitlines())

    @display(description="What follows")
    def follows(self, row: Referral) -> str:
        """What the sender says follows from the report."""
        return row.review_note

    @display(description="Ended")
    def ended(self, row: Referral) -> str:
        """When, and why."""
        return f"{shown_at(row.ended_at, row.patient.site)} {row.end_reason}".strip()


def _sent(row: Referral) -> tuple[Any, ...]:
    answer = [name for name, said in (("report", row.outcome_note), ("follows", row.review_note)) if said]
    ended = ["ended"] if row.ended_at is not None else []
    return (
        (None, {"fields": ("of", "where", "what", "question", "way", "by_when", *answer, *ended)}),
        ("Both sides", {"fields": ("patient_informed", ("placer_number", "filler_number"))}),
    )


def _standing(request: HttpRequest) -> Standing:
    """What whoever asks for this page is to referrals, read once a request."""
    found: Standing | None = getattr(request, "referrals_standing", None)
    if found is None:
        actor = actor_of(request)
        found = standing(actor, cast("datetime", actor.at))
        request.referrals_standing = found  # type: ignore[attr-defined]
    return found


def _editable(row: Referral) -> set[str]:
    """What whoever opened the page may say differently now."""
    if row.state == State.DRAFT:
        return set(WRITTEN) if "send" in offers_of(row) else set()
    parties = row.__dict__["parties"]
    return {name for name, sides in LATER.items() if sides & parties} if row.state not in ENDS else set()


def _reasons() -> list[Any]:
    return shelf().offered(ReferralReason)


def _by_receiver() -> list[tuple[str, list[tuple[str, str]]]]:
    """The reasons in use by whom they go to, each with its urgency."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in sorted(_reasons(), key=lambda one: (one.to.name, one.name)):
        urgency = ReferralReason.Urgency(row.urgency).label.lower()
        found.setdefault(row.to.name, []).append((row.code, f"{row.name} ({urgency})"))
    return list(found.items())


def _refer(patient: Patient) -> tuple[str, str] | None:
    if patient.status != Patient.Status.ACTIVE:
        return None
    return "Refer", f"{reverse('admin:referrals_referral_add')}?patient={patient.pk}"


def _referrals(patient: Patient) -> tuple[str, str] | None:
    if not Referral.objects.filter(patient=patient).exists():
        return None
    return "Referrals", f"{reverse('admin:referrals_referral_changelist')}?where=all&patient__id__exact={patient.pk}"


offer_link(Patient, _refer)
offer_link(Patient, _referrals)
