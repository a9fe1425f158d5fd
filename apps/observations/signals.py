"""What this room tells the rooms above, inside its own transaction."""

from django.dispatch import Signal

#: Something is known about a patient now, or no longer: arguments `patient_id`, `effective_at`, `at`.
fact_changed = Signal()
