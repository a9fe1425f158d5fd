"""What this room tells the rooms above, inside its own transaction."""

from django.dispatch import Signal

#: A patient's status changed: arguments `patient`, `by`, `at`.
patient_status_changed = Signal()
