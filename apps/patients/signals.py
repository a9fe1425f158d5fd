"""What this room tells the rooms above, inside its own transaction."""

from django.dispatch import Signal

#: A patient's status changed: arguments `patient`, `by`, `at`.
patient_status_changed = Signal()

#: The patient is at another site: arguments `patient_id`, `at`.
patient_transferred = Signal()

#: Something that the record says of a patient is different: arguments `patient_id`, `at`.
patient_changed = Signal()
