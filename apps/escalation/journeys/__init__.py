"""Journeys: stories that a clinician can read and write, and that prove what criteria do. See docs/journeys.md."""

from apps.escalation.journeys.files import everything, folders, for_code
from apps.escalation.journeys.model import Journey
from apps.escalation.journeys.nodes import BadJourney
from apps.escalation.journeys.playing import Outcome, check, play
from apps.escalation.journeys.reading import read

__all__ = ["BadJourney", "Journey", "Outcome", "check", "everything", "folders", "for_code", "play", "read"]
