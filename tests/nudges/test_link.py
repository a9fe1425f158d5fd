"""The page behind the link in a mail: looking does nothing, the button does one thing, and no patient stands on it."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.test import Client

from apps.accounts import operations as accounts
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.nudges.links import SALT
from apps.nudges.models import Delivery, Nudge, Response
from tests.cast import Cast
from tests.nudges.house import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Server,
    acknowledge,
    address,
    ask,
    browser,
    cancel,
    clock_to,
    decline,
    fresh,
    hand_over,
    owner,
    settle,
    step,
    token_in,
    upgrade,
)
from tests.thread.conftest import work

PATIENT = ("Albers", "1960", "L-1")


def link_to(postbox: Server, name: str) -> str:
    """The address in the newest mail to somebody."""
    work()
    return f"/n/{token_in(postbox.to(address(name))[-1])}/"


def state(nudge: Nudge) -> Any:
    """Everything that an answer would change."""
    return (
        Nudge.objects.filter(pk=nudge.pk).values().get(),
        list(Delivery.objects.filter(nudge=nudge).order_by("pk").values()),
        Response.objects.count(),
        AuditEvent.objects.exclude(read_ids=[]).count(),
        AuditEvent.objects.filter(subject_id=nudge.pk).count(),
    )


def look(client: Client, path: str, *, press: bool = False, status: int = 200) -> str:
    """What the page says; never who the patient is."""
    answer = client.post(path) if press else client.get(path)
    said = answer.content.decode()
    assert answer.status_code == status, said
    assert answer.headers["Cache-Control"] == "no-store"
    for word in PATIENT:
        assert word not in said
    return said


def test_looking_at_the_link_changes_nothing_however_often(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt")
    path = link_to(postbox, "rheumatologist")
    before = state(nudge)
    for _ in range(3):
        said = look(browser(), path)
        assert "I have it</button>" in said
        assert browser().head(path).status_code == 200
    assert browser().options(path).status_code < 500
    assert state(nudge) == before


def test_the_button_acknowledges_without_a_session_and_without_a_csrf_cookie(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    path = link_to(postbox, "rheumatologist")
    client = browser()
    said = look(client, path, press=True)
    assert "It is yours now" in said
    assert client.cookies.get("sessionid") is None
    taken = fresh(nudge)
    assert (taken.state, owner(nudge)) == (Nudge.State.ACKNOWLEDGED, "rheumatologist")
    row = Response.objects.get()
    assert (row.via, row.by, row.kind) == ("link", house.rheumatologist.who, "acknowledge")


def test_the_link_lets_nobody_in(house: Cast, postbox: Server) -> None:
    ask(house, "rheumatology")
    client = browser()
    look(client, link_to(postbox, "rheumatologist"), press=True)
    assert client.get("/inbox/").status_code == 302


def test_pressing_twice_is_once(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    path = link_to(postbox, "rheumatologist")
    look(browser(), path, press=True)
    version = fresh(nudge).version
    assert "You have it" in look(browser(), path, press=True)
    assert "You have it" in look(browser(), path)
    assert (fresh(nudge).version, Response.objects.count()) == (version, 1)


def test_whoever_is_logged_in_as_themselves_can_press_it(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    look(browser(house.rheumatologist), link_to(postbox, "rheumatologist"), press=True)
    assert owner(nudge) == "rheumatologist"


@pytest.mark.parametrize("press", [False, True])
def test_a_late_click_says_who_has_it_and_when(house: Cast, postbox: Server, press: bool) -> None:
    nudge = ask(house, "rheumatology")
    path = link_to(postbox, "rheumatologist")
    acknowledge(house, nudge, "coordinator")
    before = state(nudge)
    said = look(browser(), path, press=press, status=409)
    assert "Coordinator has it since 07 June 2027, 10:0" in said
    assert state(nudge) == before


@pytest.mark.parametrize("press", [False, True])
@pytest.mark.parametrize(("end", "words"), [("settle", "acted upon"), ("cancel", "It was withdrawn.")])
def test_a_click_after_the_end_says_what_became_of_it(
    house: Cast, postbox: Server, press: bool, end: str, words: str
) -> None:
    nudge = ask(house, "rheumatology")
    path = link_to(postbox, "rheumatologist")
    if end == "settle":
        settle(house, nudge, "coordinator")
    else:
        cancel(nudge)
    assert words in look(browser(), path, press=press, status=409)


@pytest.mark.parametrize("press", [False, True])
def test_a_link_expires(house: Cast, postbox: Server, press: bool) -> None:
    nudge = ask(house, "rheumatology", within="30 min", act="4 h")
    path = link_to(postbox, "rheumatologist")
    expires = nudge.opened_at + 4 * HOUR + 7 * DAY
    clock_to(expires - 10 * SECOND)
    look(browser(), path)
    clock_to(expires + SECOND)
    before = state(nudge)
    assert "expired" in look(browser(), path, press=press, status=410)
    assert state(nudge) == before


@pytest.mark.parametrize("press", [False, True])
def test_a_link_that_was_tampered_with_is_none_of_ours(house: Cast, postbox: Server, press: bool) -> None:
    nudge = ask(house, "rheumatology")
    path = link_to(postbox, "rheumatologist")
    before = state(nudge)
    for place in (5, 20, -3):
        other = path[:place] + ("A" if path[place] != "A" else "B") + path[place + 1 :]
        look(browser(), other, press=press, status=404)
    for other in ("/n/x/", "/n/a:b:c/", path[:-5] + "/", path.replace(":", ".")):
        look(browser(), other, press=press, status=404)
    assert state(nudge) == before


@pytest.mark.parametrize("change", [{"a": "settle"}, {"u": "nobody"}, {"d": "x"}, {"e": "soon"}])
def test_what_is_signed_must_fit(house: Cast, postbox: Server, change: dict[str, str]) -> None:
    nudge = ask(house, "rheumatology")
    content = signing.loads(link_to(postbox, "rheumatologist")[3:-1], salt=SALT)
    look(browser(), f"/n/{signing.dumps({**content, **change}, salt=SALT)}/", press=True, status=404)
    assert fresh(nudge).state == Nudge.State.OPEN


def test_a_link_signed_for_another_purpose_is_none(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    content = signing.loads(link_to(postbox, "rheumatologist")[3:-1], salt=SALT)
    look(browser(), f"/n/{signing.dumps(content, salt='something.else')}/", press=True, status=404)
    assert fresh(nudge).state == Nudge.State.OPEN


def test_a_link_for_one_person_does_not_answer_for_another(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    content = signing.loads(link_to(postbox, "rheumatologist")[3:-1], salt=SALT)
    other = {**content, "u": house.coordinator.who.pk.hex}
    look(browser(), f"/n/{signing.dumps(other, salt=SALT)}/", press=True, status=404)
    assert fresh(nudge).state == Nudge.State.OPEN


@pytest.mark.parametrize("press", [False, True])
def test_somebody_else_who_is_logged_in_is_refused(house: Cast, postbox: Server, press: bool) -> None:
    nudge = ask(house, "rheumatology")
    path = link_to(postbox, "rheumatologist")
    for other in (house.coordinator, house.stranger):
        said = look(browser(other), path, press=press, status=403)
        assert "This link was sent to Rheumatologist" in said
    assert fresh(nudge).state == Nudge.State.OPEN


@pytest.mark.parametrize("press", [False, True])
def test_after_it_presses_harder_the_old_link_is_refused_and_the_new_one_works(
    house: Cast, postbox: Server, press: bool
) -> None:
    nudge = ask(house, "rheumatology")
    old = link_to(postbox, "rheumatologist")
    upgrade(nudge)
    before = state(nudge)
    look(browser(), old, press=press, status=409)
    assert state(nudge) == before
    look(browser(), link_to(postbox, "rheumatologist"), press=True)
    assert fresh(nudge).state == Nudge.State.ACKNOWLEDGED


def test_after_an_acknowledgement_ran_out_the_old_link_is_refused(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt", act="4 h")
    path = link_to(postbox, "rheumatologist")
    look(browser(), path, press=True)
    clock_to(nudge.opened_at + 4 * HOUR)
    step()
    look(browser(), path, press=True, status=409)
    assert owner(nudge) == "covering"


def test_whoever_was_asked_first_can_still_take_it_by_their_link_while_nobody_has(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt")
    path = link_to(postbox, "rheumatologist")
    clock_to(nudge.opened_at + 31 * MINUTE)
    work()
    assert owner(nudge) == "covering"
    look(browser(), path, press=True)
    assert owner(nudge) == "rheumatologist"


def test_a_reminder_carries_a_link_that_works(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", "slt")
    work()
    clock_to(nudge.opened_at + 15 * MINUTE)
    look(browser(), link_to(postbox, "rheumatologist"), press=True)
    assert (fresh(nudge).state, owner(nudge)) == (Nudge.State.ACKNOWLEDGED, "rheumatologist")


def test_an_offer_is_accepted_by_its_link(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    acknowledge(house, nudge, "rheumatologist")
    hand_over(house, nudge, "rheumatologist", "therapist")
    look(browser(), link_to(postbox, "therapist"), press=True)
    assert owner(nudge) == "therapist"


def test_an_offer_that_was_taken_back_cannot_be_accepted(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    hand_over(house, nudge, "rheumatologist", "therapist")
    path = link_to(postbox, "therapist")
    decline(house, nudge, "therapist")
    look(browser(), path, press=True, status=403)
    assert fresh(nudge).state == Nudge.State.OPEN


def test_whoever_lost_their_role_cannot_press_the_button(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    path = link_to(postbox, "rheumatologist")
    accounts.end_grant(grant=house.rheumatologist.who.grants.get(), by=house.by, at=app_now())
    look(browser(), path, press=True, status=403)
    assert fresh(nudge).state == Nudge.State.OPEN


def test_a_closed_account_s_link_leads_nowhere(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology")
    path = link_to(postbox, "rheumatologist")
    accounts.deactivate_user(user=house.rheumatologist.who, by=house.by, at=app_now())
    look(browser(), path, press=True, status=404)
    assert fresh(nudge).state == Nudge.State.OPEN


def test_acknowledging_late_by_link_gives_a_new_time_to_act(house: Cast, postbox: Server) -> None:
    nudge = ask(house, "rheumatology", within="30 min", act="1 h")
    path = link_to(postbox, "rheumatologist")
    clock_to(nudge.opened_at + 2 * HOUR)
    look(browser(), path, press=True)
    taken = fresh(nudge)
    assert taken.acknowledged_at is not None
    assert taken.act_by - taken.acknowledged_at == timedelta(hours=1)
