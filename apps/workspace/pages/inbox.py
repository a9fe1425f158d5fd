"""What waits for somebody, and what they were told."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect

from apps.accounts.permissions import Permission
from apps.audit import operations as audit
from apps.nudges import operations as nudges
from apps.nudges.models import RANK, Delivery, Nudge
from apps.patients.models import Patient
from apps.rest.policy import Needs
from apps.teams.models import Member
from apps.workspace.pages.base import Page

SHOWN = 50


class Inbox(Page):
    """One's inbox: first what presses."""

    policy = Needs(Permission.NUDGES_ANSWER, Permission.NUDGES_ANSWER)
    template = "workspace/inbox.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """What waits, what one has taken on, and what one was told."""
        mine = Nudge.objects.visible_to(self.actor).waiting_for(self.actor.user_id)
        rows = sorted(mine.select_related("patient", "owner"), key=lambda row: (RANK[row.severity], row.acknowledge_by))
        notices = list(self._notices().select_related("nudge__patient")[:SHOWN])
        self._audit([*[row.patient_id for row in rows], *[row.nudge.patient_id for row in notices]])
        have = [row for row in rows if row.state == Nudge.State.ACKNOWLEDGED and row.owner_id == self.actor.user_id]
        return self.show(
            waiting=[row for row in rows if row not in have], have=have, notices=notices, now=self.at,
            seen=self._seen([*rows, *[row.nudge for row in notices]]),
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        """Note that a notice, or all of them, were read."""
        wanted = request.POST.get("notice", "")
        rows = self._notices() if wanted == "all" else self._notices().filter(pk=_uuid(wanted))
        for row in rows.select_related("nudge__patient")[:SHOWN]:
            nudges.read_notice(delivery=row, by=self.actor, at=self.at)
        return HttpResponseRedirect("/inbox/")

    def _seen(self, rows: list[Nudge]) -> set[UUID]:
        """The patients that one sees and who may be named; an addressee of a nudge need not see its patient."""
        ids = {row.patient_id for row in rows}
        return set(Patient.objects.visible_to(self.actor).filter(pk__in=ids).values_list("pk", flat=True))

    def _notices(self) -> Any:
        told = [Delivery.Kind.INFORM, Delivery.Kind.TOLD]
        rows = Delivery.objects.visible_to(self.actor).filter(channel=Member.Channel.IN_APP, kind__in=told)
        return rows.filter(read_at__isnull=True)

    def _audit(self, patients: list[Any]) -> None:
        if patients:
            audit.record_read(
                by=self.actor,
                at=self.at,
                verb="workspace.inbox",
                subject_type="patients.patient",
                ids=sorted(set(patients)),
            )


def _uuid(text: str) -> UUID:
    """The id. Http404 when it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
