"""Every write of this room."""

from apps.observations.operations import merge as _merge  # noqa: F401 - declares how facts follow a merge
from apps.observations.operations.assessments import enter_assessment_in_error, record_assessment
from apps.observations.operations.conditions import (
    enter_condition_in_error,
    enter_resolution_in_error,
    record_condition,
    resolve,
)
from apps.observations.operations.observations import (
    AccessionTaken,
    correct_observation,
    enter_observation_in_error,
    record_observation,
)

__all__ = [
    "AccessionTaken",
    "correct_observation",
    "enter_assessment_in_error",
    "enter_condition_in_error",
    "enter_observation_in_error",
    "enter_resolution_in_error",
    "record_assessment",
    "record_condition",
    "record_observation",
    "resolve",
]
