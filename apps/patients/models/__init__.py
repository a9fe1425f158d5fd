"""The rows of this room."""

from apps.patients.models.access import PatientAccess
from apps.patients.models.facts import Antibody, Mute, TargetRange
from apps.patients.models.patient import Identifier, Patient

__all__ = ["Antibody", "Identifier", "Mute", "Patient", "PatientAccess", "TargetRange"]
