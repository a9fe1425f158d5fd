"""Every write of this room."""

from apps.patients.operations.access import Wanted, keep_access
from apps.patients.operations.facts import (
    end_mute,
    end_target_range,
    enter_antibody_in_error,
    mute,
    record_antibody,
    set_target_range,
)
from apps.patients.operations.identifiers import add_identifier, retire_identifier
from apps.patients.operations.merge import merge
from apps.patients.operations.records import (
    change,
    enter_in_error,
    reactivate,
    record_death,
    record_departure,
    register,
    transfer,
)

__all__ = [
    "Wanted",
    "add_identifier",
    "change",
    "end_mute",
    "end_target_range",
    "enter_antibody_in_error",
    "enter_in_error",
    "keep_access",
    "merge",
    "mute",
    "reactivate",
    "record_antibody",
    "record_death",
    "record_departure",
    "register",
    "retire_identifier",
    "set_target_range",
    "transfer",
]
