"""Several people at one referral at the same moment, on real connections."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from apps.accounts.permissions import Role
from apps.common import due
from apps.nudges.links import link_of
from apps.nudges.models import Delivery, Nudge
from apps.patients.models import Patient, PatientAccess
from apps.referrals.models import Referral, Transition
from apps.referrals.moves import OPEN
from tests.cast import Cast
from tests.plans.doors import API, get, good, kind
from tests.referrals.doors import begun, body_of, brought, door, move
from tests.referrals.house import Loop, accesses, fresh, moves, work
from tests.rest.test_concurrency import at_once

pytestmark = pytest.mark.xdist_group("real")


@pytest.fixture
def loop(real_cast: Cast, settings: Any) -> Loop:
    settings.EMAIL_HOST = "127.0.0.1"
    real_cast.person("second_coordinator", Role.COORDINATOR)
    return begun(real_cast)


def by(loop: Loop, row: dict[str, Any], name: str, who: str, tag: str = "", **more: Any) -> Callable[[], Any]:
    """A move that is ready to be sent."""
    body, client = {**body_of(loop, name), **more}, loop.cast.personas[who].client()
    headers = {"If-Match": tag} if tag else {}
    return partial(client.post, f"{API}{door(row, name)}", body, format="json", headers=headers)


def told(answers: list[Any]) -> tuple[Any, Any]:
    """The one who won and the one who was told."""
    first, second = sorted(answers, key=lambda answer: int(answer.status_code))
    return first, second


def holds_together(row: Referral) -> None:
    """What must hold of every referral whatever happened: an owner, one question at most, a history without a gap."""
    told = list(Transition.objects.filter(referral=row).order_by("number"))
    assert [one.number for one in told] == list(range(1, len(told) + 1))
    assert [one.source for one in told[1:]] == [one.target for one in told[:-1]]
    assert told[-1].target == row.state
    unfinished = Nudge.objects.unfinished().filter(dedup_key=f"referral:{row.pk}")
    assert unfinished.count() == (1 if row.state in OPEN else 0)
    if row.state in OPEN:
        assert unfinished.get().pk == row.nudge_id
        assert row.owner.is_active


def test_of_two_therapists_who_accept_at_once_one_has_it_and_the_other_is_told(loop: Loop) -> None:
    row = brought(loop, "sent")
    won, lost = told(at_once([by(loop, row, "accept", who) for who in ("therapist", "colleague")]))
    assert good(won)["state"] == "accepted"
    assert (*kind(lost), lost.json()["state"]) == (409, "referral-moved", "accepted")
    kept = fresh(Referral(pk=row["id"]))
    assert won.json()["owner"] == str(kept.owner_id)
    assert kept.owner.name in lost.json()["detail"]
    assert moves(kept) == ["send", "accept"]
    # The department sees the patient by the one acceptance, each of them once.
    assert accesses(kept) == {"therapist", "covering", "colleague"}
    assert PatientAccess.objects.filter(patient=loop.patient, kind="referral").count() == 3
    holds_together(kept)


def test_two_coordinators_who_send_it_elsewhere_at_once_send_it_to_one_place(loop: Loop) -> None:
    row = brought(loop, "declined")
    tag = get(loop.cast, door(row), who="coordinator")["ETag"]
    places = {"coordinator": "dermatology", "second_coordinator": "neurology"}
    won, lost = told(at_once([by(loop, row, "reroute", who, tag, to=to) for who, to in places.items()]))
    assert (won.status_code, *kind(lost)) == (200, 412, "stale")
    kept = fresh(Referral(pk=row["id"]))
    assert kept.to.code == won.json()["to"]
    assert moves(kept) == ["send", "decline", "reroute"]
    holds_together(kept)


def wait_for_a_lock() -> int:
    """How many connections to this database wait for somebody else's lock just now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def test_two_coordinators_who_have_read_the_same_send_it_to_one_place_and_the_other_reads_where_it_is(
    loop: Loop,
) -> None:
    row = brought(loop, "declined")
    places = {"coordinator": "dermatology", "second_coordinator": "neurology"}
    requests = [by(loop, row, "reroute", who, to=to) for who, to in places.items()]
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            # Both have read it by the time at which the first may move it.
            Patient.objects.select_for_update().get(pk=loop.patient.pk)
            both, deadline = pool.submit(at_once, requests), time.monotonic() + 20
            while wait_for_a_lock() < len(places):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        won, lost = told(both.result(20))
    assert (won.status_code, *kind(lost), lost.json()["state"]) == (200, 409, "referral-moved", "sent")
    kept = fresh(Referral(pk=row["id"]))
    assert kept.to.code == won.json()["to"]
    assert moves(kept) == ["send", "decline", "reroute"]
    holds_together(kept)


def test_two_coordinators_who_send_it_to_the_same_place_send_it_once(loop: Loop) -> None:
    row = brought(loop, "declined")
    answers = at_once([by(loop, row, "reroute", who) for who in ("coordinator", "second_coordinator")])
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    kept = fresh(Referral(pk=row["id"]))
    assert moves(kept) == ["send", "decline", "reroute"]
    holds_together(kept)


def test_it_is_accepted_or_withdrawn_and_never_both(loop: Loop) -> None:
    row = brought(loop, "sent")
    won, lost = told(at_once([by(loop, row, "accept", "therapist"), by(loop, row, "cancel", "rheumatologist")]))
    kept = fresh(Referral(pk=row["id"]))
    assert good(won)["state"] == kept.state
    # Whoever had read it is told; to a department that comes later it is as if it had never been.
    assert lost.status_code == 404 or (*kind(lost), lost.json()["state"]) == (409, "referral-moved", kept.state)
    assert bool(accesses(kept)) == (kept.state == "accepted")
    holds_together(kept)


def test_a_patient_who_leaves_takes_along_what_is_accepted_at_that_moment(loop: Loop) -> None:
    row = brought(loop, "sent")
    leave = partial(
        loop.cast.coordinator.client().post, f"{API}patients/{loop.patient.pk}/record-departure/", {"reason": "moved"},
        format="json",
    )  # fmt: skip
    left, answer = at_once([leave, by(loop, row, "accept", "therapist")])
    assert left.status_code == 200, left.content
    assert answer.status_code in {200, 404} or (*kind(answer), answer.json()["state"]) == (
        409,
        "referral-moved",
        "cancelled",
    )
    kept = fresh(Referral(pk=row["id"]))
    assert (kept.state, accesses(kept)) == ("cancelled", set())
    holds_together(kept)


def press(nudge: Nudge) -> Callable[[], Any]:
    """The button of the link that was mailed to whoever is asked."""
    mailed = (
        Delivery.objects.select_related("nudge").filter(nudge=nudge, recipient=nudge.owner, kind="ask").latest("pk")
    )
    return partial(Client().post, "/n/" + link_of(mailed).split("/n/")[1])


@pytest.mark.parametrize("turn", range(4))
def test_the_mail_s_link_is_pressed_while_a_colleague_accepts_and_nobody_waits_for_each_other(
    loop: Loop, turn: int
) -> None:
    row = brought(loop, "sent")
    asked = Nudge.objects.select_related("owner").get(pk=row["nudge"])
    others = [who for who in ("therapist", "colleague") if loop.cast.personas[who].who != asked.owner]
    drain = partial(due.drain_all, "referrals.looks")
    pressed, accepted, *_ = at_once([press(asked), by(loop, row, "accept", others[turn % len(others)]), drain, drain])
    assert pressed.status_code == 200, pressed.content
    assert good(accepted)["state"] == "accepted"
    work()
    kept = fresh(Referral(pk=row["id"]))
    # Whoever accepted has it; what they pressed who were asked was an answer to a question that is over by then.
    assert moves(kept) in (["send", "accept"], ["send", "receive", "accept"])
    assert kept.owner == loop.cast.personas[others[turn % len(others)]].who
    assert accesses(kept) == {"therapist", "covering", "colleague"}
    holds_together(kept)


def test_many_copies_of_one_sending_ask_once(loop: Loop) -> None:
    row = brought(loop, "draft")
    answers = at_once([by(loop, row, "send", who) for who in ("rheumatologist", "coordinator") * 3])
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    kept = fresh(Referral(pk=row["id"]))
    assert moves(kept) == ["send"]
    assert Nudge.objects.filter(patient=loop.patient).count() == 1
    holds_together(kept)
    assert good(move(loop, row, "accept"))["state"] == "accepted"
