"""Entering in error is the same for every kind of fact, through either door."""

from typing import Any

import pytest
from django.apps import apps
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.common.refusals import Invalid
from apps.observations import operations
from apps.observations.models import Condition, Resolution
from tests.cast import Cast
from tests.observations.house import WHEN, browser, kind, made, mark_wrong, moment, page, send, shown, told
from tests.observations.test_times import doors

#: Where each kind is recorded, the model of its page in the admin, and of its rows in the record.
KINDS = {
    "observations": ("observation", "observation"),
    "findings": ("finding", "condition"),
    "complications": ("complication", "condition"),
    "resolutions": ("resolution", "resolution"),
    "assessments": ("assessment", "assessment"),
    "adverse-events": ("adverseevent", "adverseevent"),
    "attendances": ("attendance", "attendance"),
}


def record(cast: Cast, path: str) -> str:
    row: str = made(send(cast, f"{path}/", doors(cast, WHEN)[f"{path}/"]))["id"]
    return row


def test_every_door_is_looked_at(cast: Cast) -> None:
    assert {f"{path}/" for path in KINDS} == set(doors(cast, WHEN))


@pytest.mark.parametrize("path", KINDS)
def test_a_fact_is_entered_in_error_once_and_the_rooms_above_are_told(cast: Cast, path: str) -> None:
    row = record(cast, path)
    with told() as heard:
        done = mark_wrong(cast, path, row, reason="another patient")
        again = mark_wrong(cast, path, row)
    assert done.status_code == 200
    assert (done.json()["status"], done.json()["error_reason"]) == ("entered_in_error", "another patient")
    assert (again.status_code, kind(again)) == (409, "conflict")
    assert heard == [(cast.patient.pk, moment(WHEN))]
    event = AuditEvent.objects.get(subject_id=row, verb="observations.enter_in_error")
    assert (event.subject_type, event.actor_id) == (f"observations.{KINDS[path][1]}", cast.therapist.who.pk)


@pytest.mark.parametrize("path", KINDS)
def test_the_admin_does_the_same_and_offers_it_no_more(cast: Cast, path: str) -> None:
    row, (model, _) = record(cast, path), KINDS[path]
    admin, error = browser(cast, "coordinator"), reverse(f"admin:observations_{model}_error", args=[row])
    assert error in page(admin, f"observations_{model}_change", row)
    assert admin.post(error, {"reason": "another patient"}).status_code == 302
    fact: Any = apps.get_model("observations", model).objects.get(pk=row)
    assert (fact.status, fact.error_reason) == ("entered_in_error", "another patient")
    assert error not in page(admin, f"observations_{model}_change", row)


@pytest.mark.parametrize("path", KINDS)
def test_it_says_what_was_wrong(cast: Cast, path: str) -> None:
    row = record(cast, path)
    fact: Any = apps.get_model("observations", KINDS[path][1]).objects.get(pk=row)
    with pytest.raises(Invalid) as refused:
        operations.enter_in_error(fact=fact, by=cast.therapist.actor, at=app_now(), reason="  ")
    assert list(refused.value.errors) == ["reason"]
    assert shown(cast, path, row)["status"] == "final"


def test_a_resolution_that_was_wrong_in_the_admin_opens_again_what_it_had_closed(cast: Cast) -> None:
    row = record(cast, "complications")
    over = record(cast, "resolutions")
    assert shown(cast, "complications", row)["resolution"] == over
    error = reverse("admin:observations_resolution_error", args=[over])
    assert browser(cast, "coordinator").post(error, {"reason": "still coughs"}).status_code == 302
    assert not Resolution.objects.get().stands
    assert Condition.objects.get().resolved_at is None
