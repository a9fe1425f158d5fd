"""Criteria, their evaluation, and escalations until somebody has acted."""
