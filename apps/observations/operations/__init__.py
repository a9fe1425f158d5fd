"""Every write of this room."""

from apps.observations.operations import merge as _merge  # noqa: F401 - declares how facts follow a merge
from apps.observations.operations.adverse_events import record_adverse_event
from apps.observations.operations.assessments import record_assessment
from apps.observations.operations.attendances import record_attendance
from apps.observations.operations.conditions import record_condition, resolve
from apps.observations.operations.errors import enter_in_error
from apps.observations.operations.observations import AccessionTaken, correct_observation, record_observation

__all__ = [
    "AccessionTaken",
    "correct_observation",
    "enter_in_error",
    "record_adverse_event",
    "record_assessment",
    "record_attendance",
    "record_condition",
    "record_observation",
    "resolve",
]
