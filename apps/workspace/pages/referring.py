"""Writing a referral: chosen by its reason, filled in already, with the patient's newest facts to tick; or sent in one step."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.common.refusals import Refused
from apps.escalation import operations as escalation
from apps.escalation.models import Escalation
from apps.escalation.suggesting import facts_of
from apps.knowledge.models import ReferralReason
from apps.knowledge.shelf import shelf
from apps.knowledge.words import within
from apps.patients.models import Patient
from apps.plans.models import PlanVersion
from apps.referrals import operations
from apps.referrals.models import Referral
from apps.referrals.moves import State
from apps.referrals.parties import standing
from apps.rest.policy import Needs
from apps.workspace.pages.base import Page
from apps.workspace.pages.forms import attempt
from apps.workspace.pages.referral_form import ReferralForm, bound
from apps.workspace.pages.referrals import ReferralPage

POLICY = Needs(Permission.PATIENTS_READ, Permission.REFERRALS_WRITE)
#: How many patients are offered; whoever sees more comes here from a patient's plan or matter.
PATIENTS = 100


class Source:
    """Because of what somebody refers: an escalation, a version of a plan, or nothing but their own judgement."""

    def __init__(self, page: "New", values: Mapping[str, str]) -> None:
        self.matter = page.visible(Escalation, values.get("matter"), "patient__site", "criterion_version__criterion")
        self.version = page.visible(PlanVersion, values.get("version"), "plan__patient__site")
        self.patient: Patient | None = (
            self.matter.patient if self.matter else self.version.plan.patient if self.version
            else page.visible(Patient, values.get("patient"), "site")
        )  # fmt: skip

    @property
    def address(self) -> dict[str, str]:
        """How the address says it."""
        if self.matter is not None:
            return {"matter": str(self.matter.pk)}
        if self.version is not None:
            return {"version": str(self.version.pk)}
        return {"patient": str(self.patient.pk)} if self.patient is not None else {}

    @property
    def back(self) -> str:
        """Where whoever changes their mind goes."""
        if self.matter is not None:
            return f"/matters/{self.matter.pk}/"
        return f"/plans/{self.version.plan.patient_id}/" if self.version is not None else "/referrals/"

    def facts(self) -> list[UUID]:
        """What is ticked to begin with."""
        return facts_of(self.matter) if self.matter is not None else []

    def refer(self) -> Callable[..., Referral]:
        """The operation by which it is referred."""
        if self.matter is not None:
            return lambda **values: escalation.refer(escalation=self.matter, **values)
        if self.version is not None:
            return lambda **values: operations.refer_for_plan(plan_version=self.version, **values)
        patient = self.patient
        if patient is None:
            raise Http404
        return lambda **values: operations.draft(patient=patient, **values)


class New(Page):
    """A new referral: whom, why, and what is asked."""

    policy = POLICY
    template = "workspace/referring.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The patients, the reasons, or the form, as far as it was chosen."""
        source = Source(self, request.GET)
        if source.patient is None:
            return self._patients()
        reason = self._reason(request.GET.get("reason"))
        self._read(source.patient)
        if reason is None:
            return self._reasons(source)
        return self._page(source, reason, self._form(source, reason))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send it, or keep it as a draft."""
        source, reason = Source(self, request.GET), self._reason(request.GET.get("reason"))
        if source.patient is None or reason is None:
            raise Http404
        form, made = self._form(source, reason, request.POST), []
        sends = request.POST.get("do") != "keep"
        status = attempt(
            form,
            lambda values: made.append(
                source.refer()(by=self.actor, at=self.at, reason=reason, send=sends, **_plain(values))
            ),
        )
        if status:
            return self._page(source, reason, form, status)
        messages.success(request, "It is sent: somebody is asked now." if sends else "It is kept as a draft.")
        return HttpResponseRedirect(f"/referrals/{made[0].pk}/")

    def visible(self, model: Any, pk: str | None, *along: str) -> Any:
        """The row that the address names, if the person may see it; None where it names none. Http404 otherwise."""
        if not pk:
            return None
        try:
            found = model.objects.visible_to(self.actor).select_related(*along).filter(pk=UUID(pk)).first()
        except ValueError:
            raise Http404 from None
        if found is None:
            raise Http404
        return found

    def _reason(self, code: str | None) -> ReferralReason | None:
        if not code:
            return None
        rows: list[ReferralReason] = shelf().offered(ReferralReason)
        found = next((row for row in rows if row.code == code), None)
        if found is None:
            raise Http404
        return found

    def _read(self, patient: Patient) -> None:
        audit.record_read(
            by=self.actor, at=self.at, verb="workspace.refer", subject_type="patients.patient", ids=[patient.pk],
            patient_id=patient.pk,
        )  # fmt: skip

    def _patients(self) -> HttpResponse:
        rows = Patient.objects.visible_to(self.actor).filter(status=Patient.Status.ACTIVE)
        found = list(rows.order_by("sort_name", "pk")[: PATIENTS + 1])
        if found:
            audit.record_read(
                by=self.actor, at=self.at, verb="workspace.refer", subject_type="patients.patient",
                ids=[row.pk for row in found[:PATIENTS]],
            )  # fmt: skip
        return self.show(patients=found[:PATIENTS], more=len(found) > PATIENTS, shown=PATIENTS)

    def _reasons(self, source: Source) -> HttpResponse:
        """Every reason in force, by who receives."""
        rows = sorted(shelf().offered(ReferralReason), key=lambda row: (row.to.name, row.name))
        groups: dict[str, list[tuple[ReferralReason, str, str]]] = {}
        for row in rows:
            groups.setdefault(row.to.name, []).append(
                (row, urlencode({**source.address, "reason": row.code}), within(row.target))
            )
        return self.show(patient=source.patient, groups=groups, back=source.back)

    def _form(self, source: Source, reason: ReferralReason, data: Any = None) -> ReferralForm:
        patient = source.patient
        assert patient is not None  # noqa: S101 - whoever calls has looked
        open_ones = Referral.objects.open().filter(patient=patient, reason=reason.pk)
        initial = {
            "question": reason.question, "urgency": reason.urgency, "to_site": patient.site_id, "facts": source.facts(),
        }  # fmt: skip
        return bound(patient, reason, open_ones.exists(), data, initial)

    def _page(self, source: Source, reason: ReferralReason, form: forms.Form, status: int = 200) -> HttpResponse:
        return self.show(
            patient=source.patient, reason=reason, form=form, back=source.back, matter=source.matter, status=status,
            present=_present(source.patient, reason), within=within(reason.target),
        )  # fmt: skip


def _present(patient: Patient | None, reason: ReferralReason) -> Referral | None:
    return Referral.objects.open().filter(patient=patient, reason=reason.pk).first()


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says, as operations take it: what was left empty is as the reason has it."""
    found = {name: value for name, value in values.items() if value not in (None, "")}
    return found | ({"facts": [UUID(one) for one in found["facts"]]} if "facts" in found else {})


class Edit(ReferralPage):
    """A draft, written differently."""

    template = "workspace/referring.html"

    def get(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """The form."""
        row = self._draft(id)
        return self._page(row, self._form(row))

    def post(self, request: HttpRequest, id: UUID) -> HttpResponse:  # noqa: A002 - as in every address
        """Write it down, and send it where that was asked for."""
        row = self._draft(id)
        form = self._form(row, request.POST)
        sends = request.POST.get("do") != "keep"
        status = attempt(form, lambda values: self._write(row, values, sends))
        if status:
            return self._page(row, form, status)
        messages.success(request, "It is sent: somebody is asked now." if sends else "It is kept as a draft.")
        return HttpResponseRedirect(f"/referrals/{row.pk}/")

    def _draft(self, pk: UUID) -> Referral:
        row: Referral = self.subject(pk)
        if row.state != State.DRAFT or "send" not in standing(self.actor, self.at).actions(row):
            raise Http404
        return row

    def _write(self, row: Referral, values: Mapping[str, Any], sends: bool) -> None:
        given = {**values, "facts": [UUID(one) for one in values.get("facts", ())]}
        operations.change(referral=row, by=self.actor, at=self.at, **given)
        if sends:
            operations.send(referral=row, by=self.actor, at=self.at)

    def _form(self, row: Referral, data: Any = None) -> ReferralForm:
        names = (
            "question",
            "urgency",
            "to_site",
            "to_member",
            "outside",
            "target_on",
            "placer_number",
            "patient_informed",
        )
        initial = {name: getattr(row, name) for name in names}
        initial["facts"] = [
            one.fact.pk for one in row.attachments.select_related("observation", "condition", "assessment")
        ]
        return bound(row.patient, row.reason, False, data, initial)

    def _page(self, row: Referral, form: forms.Form, status: int = 200) -> HttpResponse:
        back = f"/referrals/{row.pk}/"
        return self.show(patient=row.patient, reason=row.reason, form=form, back=back, status=status)


class OneStep(New):
    """What suggests itself, sent as it stands there by one button."""

    def get(self, request: HttpRequest, id: UUID) -> HttpResponse:  # type: ignore[override]  # noqa: A002 - as in every address
        """Nothing is sent by looking: the form, to be looked through."""
        return HttpResponseRedirect(f"/referrals/new/?{urlencode({**self._source(id).address, **request.GET.dict()})}")

    def post(self, request: HttpRequest, id: UUID) -> HttpResponse:  # type: ignore[override]  # noqa: A002 - as in every address
        """Send it."""
        source, reason = self._source(id), self._reason(request.POST.get("reason"))
        informed = request.POST.get("patient_informed") == "on"
        try:
            made = source.refer()(by=self.actor, at=self.at, reason=reason, send=True, patient_informed=informed)
        except Refused as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(source.back)
        messages.success(request, "It is sent: somebody is asked now.")
        return HttpResponseRedirect(f"/referrals/{made.pk}/")

    def _source(self, pk: UUID) -> Source:
        name = "matter" if self.request.path.startswith("/matters/") else "version"
        return Source(self, {name: str(pk)})
