"""Writing down what was done to something that belongs to a patient."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.audit import operations as audit
from apps.audit.agents import Agent
from apps.common.models import Row


def note(row: Row, *, by: Agent, at: datetime, verb: str, changes: Mapping[str, tuple[Any, Any]]) -> None:
    """Record that `by` did `verb` to `row`, which has a `patient`: it belongs to that patient's record and their site's.

    For every room that keeps something about patients. Call it in the transaction that did it.
    """
    patient = row.patient  # type: ignore[attr-defined]
    audit.record(by=by, at=at, verb=verb, subject=row, patient_id=patient.pk, site_id=patient.site_id, changes=changes)
