"""Governance while everything else goes on, on real connections: nobody waits for each other, and nothing is done twice."""

import threading
from functools import partial
from typing import Any

import pytest
from django.db import connections, transaction

from apps.common.clock import app_now
from apps.escalation import journeys, looking, queues, trials
from apps.escalation.models import CriterionVersion, Escalation, SiteValue, Watch
from tests.cast import Cast
from tests.escalation.governing import another, do, version, with_governance
from tests.observations.house import send
from tests.rest.test_concurrency import at_once

pytestmark = pytest.mark.xdist_group("real")


@pytest.fixture
def governed(real_cast: Cast) -> Cast:
    with_governance(real_cast)
    row = version("SW-01")
    for verb, body in (("sign", {"waiver": "for a test"}), ("activate", {})):
        assert do(real_cast, verb, row, **body).status_code == 200
    queues.plant()
    return real_cast


def test_switching_off_while_a_patient_is_being_judged_lets_both_go_on(governed: Cast) -> None:
    row = version("SW-01")
    watched, retired = threading.Event(), []

    def retire() -> None:
        try:
            retired.append(do(governed, "retire", version("SW-01")).status_code)
        finally:
            connections.close_all()

    with transaction.atomic():
        # As whoever judges does: first the patient's watch, then what was found.
        Watch.objects.select_for_update().get(patient=governed.patient)
        other = threading.Thread(target=retire)
        other.start()
        watched.wait(1.5)  # by now the other one has the wording and waits for the watch
        Escalation.objects.create(
            patient=governed.patient,
            criterion=row.criterion,
            criterion_version=row,
            severity="urgent",
            opened_at=app_now(),
        )
    other.join(30)
    assert retired == [200]
    assert Escalation.objects.count() == 1
    row.refresh_from_db()
    assert row.state == "retired"


def test_two_who_write_at_once_get_two_numbers(governed: Cast) -> None:
    base = str(version("SW-01").pk)
    write = [
        partial(send, governed, "criterion-versions/", {"based_on": base, "name": f"Wording {index}"}, who=who)
        for index, who in enumerate(["governor", "second_governor"] * 3)
    ]
    answers = at_once(write)
    assert {answer.status_code for answer in answers} == {201}
    numbers = CriterionVersion.objects.filter(criterion__code="SW-01").values_list("number", flat=True)
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6, 7]


def test_two_versions_that_are_switched_on_at_once_leave_one_on(governed: Cast) -> None:
    rows = [another(governed), another(governed)]
    for row in rows:
        assert do(governed, "sign", row, who="second_governor", waiver="for a test").status_code == 200
    answers = at_once([partial(do, governed, "activate", row, who="second_governor") for row in rows])
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert CriterionVersion.objects.filter(criterion__code="SW-01", state="active").count() == 1


def test_two_numbers_that_are_proposed_at_once_become_one(governed: Cast) -> None:
    body = {"criterion": "SW-01", "site": str(governed.site.pk), "name": "positive", "value": "5", "reason": "Agreed."}
    propose = [
        partial(send, governed, "criterion-site-values/", body, who=who) for who in ("governor", "second_governor")
    ]
    assert sorted(answer.status_code for answer in at_once(propose)) == [201, 409]
    assert SiteValue.objects.count() == 1


def test_many_workers_take_one_trial_at_a_time(governed: Cast) -> None:
    for code in ("SW-00", "SW-02", "LU-00"):
        assert do(governed, "test", version(code)).status_code == 201
    taken = [trial for trial in at_once([trials.take] * 6) if trial is not None]
    assert len(taken) == 1


def test_a_journey_that_is_played_keeps_nobody_from_being_judged(
    governed: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It switches wordings on in a transaction of its own, which is rolled back: patients of the hospital are not held by it."""
    free: list[int] = []

    def others() -> None:
        try:
            with transaction.atomic():
                rows = Watch.objects.select_for_update(nowait=True)
                free.append(len(rows))
                Escalation.objects.create(
                    patient=governed.patient, criterion=version("SW-01").criterion, criterion_version=version("SW-01"),
                    severity="urgent", opened_at=app_now(),
                )  # fmt: skip
        finally:
            connections.close_all()

    looked = looking.look_at

    def and_meanwhile(**given: Any) -> Any:
        if not free:
            other = threading.Thread(target=others)
            other.start()
            other.join(20)
        return looked(**given)

    monkeypatch.setattr(looking, "look_at", and_meanwhile)
    row = another(governed, name="Another wording")
    journey = journeys.for_code("SW-01")[0]
    journeys.play(journey, versions=[row])
    assert free == [Watch.objects.count()]
    assert Escalation.objects.count() == 1
    assert version("SW-01").state == "active"
