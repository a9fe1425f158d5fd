"""Signing the shipped criteria, as clinical governance does."""

from pathlib import Path

from django.conf import settings

from apps.accounts.actors import Actor, Careteam
from apps.common.clock import app_now
from apps.escalation import operations
from apps.escalation.loading import load
from apps.escalation.models import CriterionVersion


def sign_everything(by: Actor) -> None:
    at = app_now()
    load(folder=Path(settings.BASE_DIR) / "fixtures" / "criteria", by=Careteam(at=at), at=at)
    for version in CriterionVersion.objects.filter(state="draft"):
        operations.sign(criterion_version=version, by=by, at=at, waiver="for tests")
        operations.activate(criterion_version=version, by=by, at=at)
