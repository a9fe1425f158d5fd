"""A clinician says that a criterion is met, and why: the same path as if the facts had said it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.escalation.models import Escalation
from apps.nudges.models import Nudge
from tests.cast import Cast
from tests.escalation.house import (
    NOBODYS,
    complication,
    look_again,
    met,
    nudge_of,
    only,
    owner_of,
    place,
    resolve,
    shipped,
    told,
    write,
)
from tests.observations.house import send
from tests.thread.conftest import Postbox, work


def test_it_opens_and_asks_like_a_fact(house: Cast, postbox: Postbox) -> None:
    answer = met(house, "SW-00")
    assert answer.status_code == 201, answer.content
    row = only("SW-00")
    assert answer.json()["id"] == str(row.pk)
    assert (row.source, row.stated_by, row.reason) == ("clinician", house.rheumatologist.user, "Choked on water")
    assert (row.severity, row.criterion_version.state) == ("urgent", "active")
    nudge = nudge_of(row)
    assert (nudge.asks, nudge.acknowledge_within, nudge.severity) == (["slt"], "1 wd", "urgent")
    assert owner_of(row) == "covering"
    work()
    assert len(postbox.to("covering@")) == 1
    assert all("Choked" not in mail.as_string() for mail in postbox.mails)


@pytest.mark.parametrize("reason", [None, "", "   "])
def test_it_needs_a_reason(house: Cast, reason: str | None) -> None:
    answer = met(house, reason=reason)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["reason"]
    assert not Escalation.objects.exists()


def test_a_criterion_that_is_not_switched_on_is_refused(house: Cast, tmp_path: Path) -> None:
    place(write(tmp_path, shipped("SW-00") | {"code": "SW-90"}))
    assert met(house, "SW-90").status_code == 409
    version = only_version(house, "LU-00")
    assert send(house, f"criterion-versions/{version}/retire/", {}, who="governor").status_code == 200
    assert met(house, "LU-00").status_code == 409
    assert not Escalation.objects.exists()
    assert not Nudge.objects.exists()


def only_version(cast: Cast, code: str) -> str:
    path = f"/api/v1/criterion-versions/?criterion={code}&state=active"
    (row,) = cast.governor.client().get(path).json()["results"]
    found: str = row["id"]
    return found


def test_a_criterion_that_does_not_exist_is_refused(house: Cast) -> None:
    answer = met(house, "ZZ-99")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["criterion"]


@pytest.mark.parametrize("who", ["stranger", "coordinator_elsewhere", "former", "future"])
def test_a_patient_one_does_not_see_is_the_same_as_none(house: Cast, who: str) -> None:
    hidden, none = met(house, who=who), met(house, who=who, patient=NOBODYS)
    assert (hidden.status_code, none.status_code) == (400, 400)
    assert hidden.json()["errors"][0]["field"] == "patient"

    def plain(answer: Any) -> str:
        return str({**answer.json(), "instance": ""}).replace(str(house.patient.pk), NOBODYS)

    assert plain(hidden) == plain(none)
    assert not Escalation.objects.exists()


@pytest.mark.parametrize(
    ("who", "code"), [("nobody", 401), ("service", 403), ("administrator", 403), ("governor", 403)]
)
def test_only_whoever_looks_after_patients_says_so(house: Cast, who: str, code: int) -> None:
    assert met(house, who=who).status_code == code
    assert not Escalation.objects.exists()


@pytest.mark.parametrize(
    ("criterion", "asks"), [("SW-00", ["rheumatology:on-call", "pulmonology"]), ("LU-00", ["pulmonology"])]
)
def test_an_emergency_uses_the_wording_of_the_variant(house: Cast, criterion: str, asks: list[str]) -> None:
    assert met(house, criterion, severity="emergency").status_code == 201
    row = only(criterion)
    nudge = nudge_of(row)
    assert (row.severity, nudge.severity, nudge.asks) == ("emergency", "emergency", asks)
    assert nudge.acknowledge_by - nudge.opened_at == timedelta(minutes=30)
    assert (nudge.acknowledge_within, nudge.act_within) == ("30 min", "same day")


def test_an_emergency_is_one_also_where_the_criterion_has_no_variant_for_it(house: Cast) -> None:
    """An emergency is acknowledged within 30 minutes round the clock; working days are for what is less."""
    assert met(house, "SW-01", severity="emergency").status_code == 201
    nudge = nudge_of(only("SW-01"))
    assert (nudge.severity, nudge.asks) == ("emergency", ["slt"])
    assert nudge.acknowledge_by - nudge.opened_at <= timedelta(minutes=30)


def test_facts_raise_what_a_clinician_took_for_less(house: Cast) -> None:
    assert met(house, severity="routine").status_code == 201
    assert only("SW-00").severity == "routine"
    complication(house)
    work()
    assert (only("SW-00").severity, nudge_of(only("SW-00")).severity) == ("urgent", "urgent")
    complication(house, "aspiration_pneumonia")
    work()
    assert (only("SW-00").severity, Nudge.objects.count()) == ("emergency", 1)


def test_a_severity_that_is_none_is_refused(house: Cast) -> None:
    assert met(house, severity="dreadful").status_code == 400
    assert not Escalation.objects.exists()


def test_saying_it_again_opens_no_second_one_and_tells_the_owner(house: Cast) -> None:
    first = met(house).json()["id"]
    again = met(house, reason="And again at lunch", who="therapist")
    assert again.status_code in {200, 201}
    assert again.json()["id"] == first
    assert (Escalation.objects.count(), Nudge.objects.count()) == (1, 1)
    assert told("told", only("SW-00")) == {"covering"}


def test_what_facts_opened_is_raised_by_a_clinician_and_not_doubled(house: Cast) -> None:
    complication(house)
    work()
    row = only("SW-00")
    assert met(house, severity="emergency").json()["id"] == str(row.pk)
    row = only("SW-00")
    nudge = nudge_of(row)
    assert (row.severity, nudge.severity, nudge.round) == ("emergency", "emergency", 2)
    assert row.reason == "Choked on water"
    assert owner_of(row) == "rheumatologist"
    assert Nudge.objects.count() == 1


def test_a_lesser_word_never_takes_an_emergency_back(house: Cast) -> None:
    met(house, severity="emergency")
    met(house, severity="routine", reason="Not so bad")
    row = only("SW-00")
    assert (row.severity, nudge_of(row).severity) == ("emergency", "emergency")


def test_what_a_clinician_said_is_not_withdrawn_because_no_fact_says_it(house: Cast) -> None:
    met(house)
    look_again(house.patient)
    row = only("SW-00")
    assert row.state == "open"
    assert nudge_of(row).state == "open"


def test_what_a_clinician_said_stands_when_a_fact_beside_it_was_wrong(house: Cast) -> None:
    met(house)
    fact = complication(house)
    work()
    answer = send(house, f"complications/{fact}/enter-in-error/", {"reason": "another patient"})
    assert answer.status_code == 200
    work()
    assert only("SW-00").state == "open"


def test_what_a_clinician_said_is_cleared_as_its_criterion_says(house: Cast) -> None:
    met(house)
    row = only("SW-00")
    resolve(house, who="coordinator", discipline="rheumatology")
    work()
    assert only("SW-00").pk == row.pk
    resolve(house)
    work()
    row.refresh_from_db()
    assert (row.state, nudge_of(row).state) == ("cleared", "cancelled")


def test_a_fact_upon_what_a_clinician_said_adds_evidence(house: Cast) -> None:
    met(house)
    fact = complication(house)
    work()
    row = only("SW-00")
    assert [str(one.condition_id) for one in row.evidence.all()] == [fact]
    assert (row.source, Nudge.objects.count()) == ("clinician", 1)


def test_nobody_is_asked_about_a_patient_who_has_died(house: Cast) -> None:
    answer = send(house, f"patients/{house.patient.pk}/record-death/", {}, who="coordinator")
    assert answer.status_code == 200
    assert met(house).status_code == 409
    assert not Escalation.objects.exists()
