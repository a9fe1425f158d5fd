"""Telling people in their inboxes how a matter goes on, and having a question by having moved its matter."""

from apps.common.clock import app_now
from apps.nudges import operations as nudges
from apps.nudges.models import Delivery, Response
from tests.cast import Cast
from tests.nudges.house import ask, fresh, settle, told
from tests.thread.conftest import Postbox, work

WORDS = "Somebody has accepted it."


def test_what_is_told_stands_in_the_inbox_and_leaves_by_no_mail(house: Cast, postbox: Postbox) -> None:
    nudge = ask(house, "slt")
    work()
    before = len(postbox.mails)
    people = {house.rheumatologist.who.pk, house.stranger.who.pk}
    nudges.tell(nudge=nudge, users=people, by=house.coordinator.actor, at=app_now(), words=WORDS)
    work()
    assert told(nudge, Delivery.Kind.TOLD) == ["rheumatologist"], "a stranger hears nothing"
    assert told(nudge, Delivery.Kind.TOLD, "email") == []
    assert len(postbox.mails) == before


def test_who_moved_it_needs_no_telling_and_an_ended_question_can_be_told_of(house: Cast) -> None:
    nudge = ask(house, "slt")
    settle(house, nudge, "covering")
    people = {house.coordinator.who.pk, house.rheumatologist.who.pk}
    nudges.tell(nudge=nudge, users=people, by=house.coordinator.actor, at=app_now(), words=WORDS)
    rows = Delivery.objects.filter(nudge=nudge, words=WORDS)
    assert [row.recipient.username for row in rows.select_related("recipient")] == ["rheumatologist"]


def test_an_answer_by_having_moved_the_matter_is_written_down_as_that(house: Cast) -> None:
    nudge = ask(house, "slt")
    nudges.acknowledge(nudge=nudge, by=house.covering.actor, at=app_now(), via=Response.Via.MOVE)
    row = Response.objects.get(nudge=nudge)
    assert (row.via, row.get_via_display()) == ("move", "having moved the matter on")
    assert fresh(nudge).owner == house.covering.who
