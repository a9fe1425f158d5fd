"""What this room tells the rooms above, inside its own transaction."""

from django.dispatch import Signal

#: What a patient's team follows has changed: arguments `patient_id`, `at`.
plan_changed = Signal()
