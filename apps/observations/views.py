"""The REST doors of facts."""

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from apps.accounts.permissions import Permission
from apps.knowledge.models import Concept
from apps.observations import bulk, filters, operations, serializers
from apps.observations.models import AdverseEvent, Assessment, Attendance, Condition, Observation, Resolution
from apps.rest.bodies import Reason
from apps.rest.policy import Needs
from apps.rest.views import HouseView, Shown

POLICY = Needs(Permission.PATIENTS_READ, Permission.FACTS_WRITE)
Taken = BaseSerializer[Any]


def _takes(new: type[Taken], **more: type[Taken]) -> dict[str, type[Taken]]:
    """What the actions of a kind of fact take, being entered in error among them."""
    return {"create": new, "enter_in_error": Reason, **more}


class Facts(Shown):
    """What all facts have in common: listed newest or oldest first, recorded, entered in error."""

    policy = POLICY
    subject = "fact"
    patient_field = "patient_id"
    orderings: ClassVar = {"effective_at": ("effective_at",), "recorded_at": ("recorded_at",)}

    @action(detail=True, methods=["post"], url_path="enter-in-error")
    def enter_in_error(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Say that it was recorded wrongly. It stays readable; what a resolution had closed is open again."""
        return self.change_by(operations.enter_in_error)


class Observations(Facts):
    """Values of instruments."""

    serializer_class = serializers.ObservationShown
    filterset_class = filters.ObservationFilter
    accepts: ClassVar = _takes(serializers.NewObservation, correct=serializers.Correction)

    def visible(self) -> QuerySet[Observation]:
        """Values with their instrument."""
        rows: QuerySet[Observation] = Observation.objects.visible_to(self.actor).select_related("instrument")
        return rows

    def create(self, request: Request) -> Response:
        """Record a value. The same `source` and `accession` again give the first one back, with status 200."""
        values = self.valid(self.accepts["create"])
        row = operations.record_observation(by=self.actor, at=self.at, **values)
        answer = self.shown(row, status.HTTP_200_OK if row.repeated else status.HTTP_201_CREATED)
        answer["Location"] = self.reverse_action("detail", args=[row.pk])
        return answer

    @action(detail=True, methods=["post"])
    def correct(self, request: Request, id: UUID) -> Response:  # noqa: A002 - DRF's signature
        """Replace a wrong value by the right one. Answers with the new row, which names the old one."""
        row = self.get_object()
        values = self.valid(self.accepts["correct"])
        return self.made(operations.correct_observation(observation=row, by=self.actor, at=self.at, **values))


class BulkObservations(HouseView):
    """Many values at once, each by itself."""

    policy = Needs(Permission.FACTS_WRITE, Permission.FACTS_WRITE)
    #: Every item is a transaction of its own, and the sender's numbers make it safe to send again.
    atomic = False
    idempotent = False
    accepts: ClassVar = {"": serializers.BulkObservations}

    @extend_schema(responses=serializers.BulkAnswers)
    def post(self, request: Request) -> Response:
        """Record up to 1,000 values. Each is recorded or refused by itself; the answer says which, in order.

        Each item carries `source` and `accession`: whatever was interrupted is simply sent again.
        """
        items = self.valid(serializers.BulkObservations)["items"]
        results = bulk.record(items, by=self.actor, at=self.at)
        counts = {
            kind: sum(result["status"] == kind for result in results) for kind in ("created", "repeated", "refused")
        }
        return Response({**counts, "results": results})


class Conditions(Facts):
    """What findings and complications have in common."""

    serializer_class = serializers.ConditionShown
    filterset_class = filters.ConditionFilter
    category: ClassVar[str]

    def visible(self) -> QuerySet[Condition]:
        """Conditions of this view's category."""
        rows: QuerySet[Condition] = Condition.objects.visible_to(self.actor).select_related("concept")
        return rows.filter(concept__category=self.category)


class Findings(Conditions):
    """What was found."""

    category = Concept.Category.FINDING
    accepts: ClassVar = _takes(serializers.NewFinding)

    def create(self, request: Request) -> Response:
        """Record a finding."""
        return self.create_by(operations.record_condition)


class Complications(Conditions):
    """Complications of the disease or its treatment."""

    category = Concept.Category.COMPLICATION
    accepts: ClassVar = _takes(serializers.NewComplication)

    def create(self, request: Request) -> Response:
        """Record a complication. A swallowing or lung complication asks the right person to look."""
        return self.create_by(operations.record_condition)


class Resolutions(Facts):
    """What is over, as a discipline says."""

    serializer_class = serializers.ResolutionShown
    filterset_class = filters.ResolutionFilter
    accepts: ClassVar = _takes(serializers.NewResolution)

    def visible(self) -> QuerySet[Resolution]:
        """Resolutions."""
        rows: QuerySet[Resolution] = Resolution.objects.visible_to(self.actor)
        return rows.select_related("concept", "discipline")

    def create(self, request: Request) -> Response:
        """Say that a problem is over."""
        return self.create_by(operations.resolve)


class Assessments(Facts):
    """Examinations and documented decisions."""

    serializer_class = serializers.AssessmentShown
    filterset_class = filters.AssessmentFilter
    accepts: ClassVar = _takes(serializers.NewAssessment)

    def visible(self) -> QuerySet[Assessment]:
        """Assessments."""
        rows: QuerySet[Assessment] = Assessment.objects.visible_to(self.actor)
        return rows.select_related("discipline")

    def create(self, request: Request) -> Response:
        """Record that somebody looked."""
        return self.create_by(operations.record_assessment)


class AdverseEvents(Facts):
    """Side effects of medicines."""

    serializer_class = serializers.AdverseEventShown
    filterset_class = filters.AdverseEventFilter
    accepts: ClassVar = _takes(serializers.NewAdverseEvent)

    def visible(self) -> QuerySet[AdverseEvent]:
        """Side effects with their medicine."""
        rows: QuerySet[AdverseEvent] = AdverseEvent.objects.visible_to(self.actor)
        return rows.select_related("medicine", "effect")

    def create(self, request: Request) -> Response:
        """Record a side effect and the medicine that is suspected of it. The plan stays as it is."""
        return self.create_by(operations.record_adverse_event)


class Attendances(Facts):
    """Sessions that took place or did not."""

    serializer_class = serializers.AttendanceShown
    filterset_class = filters.AttendanceFilter
    accepts: ClassVar = _takes(serializers.NewAttendance)

    def visible(self) -> QuerySet[Attendance]:
        """Sessions."""
        rows: QuerySet[Attendance] = Attendance.objects.visible_to(self.actor)
        return rows.select_related("intervention", "discipline")

    def create(self, request: Request) -> Response:
        """Record that the patient came to a session or missed it, or that the service cancelled it."""
        return self.create_by(operations.record_attendance)


__all__: list[Any] = [
    "AdverseEvents", "Assessments", "Attendances", "BulkObservations", "Complications", "Findings", "Observations",
    "Resolutions",
]  # fmt: skip
