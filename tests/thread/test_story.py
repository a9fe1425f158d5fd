"""The main job, end to end, over its real doors: recorded, asked, mailed, acknowledged, acted upon, seen."""

from apps.escalation.models import Escalation
from apps.nudges.models import Delivery, Nudge
from tests.cast import Cast
from tests.thread.conftest import Postbox, work

V1 = "/api/v1/"


def record(cast: Cast, value: int = 8, who: str = "therapist") -> None:
    body = {
        "patient": str(cast.patient.pk),
        "instrument": "eat10",
        "value": value,
        "effective_at": "2026-04-13T09:00:00+02:00",
    }
    answer = cast.personas[who].client().post(V1 + "observations/", body, format="json")
    assert answer.status_code == 201, answer.content


def test_a_positive_swallow_screen_reaches_the_covering_therapist_who_acts(house: Cast, postbox: Postbox) -> None:
    record(house)
    work()
    escalation = Escalation.objects.get()
    assert escalation.criterion.code == "SW-01"
    nudge = Nudge.objects.get()
    assert nudge.owner == house.covering.user  # the therapist is away, and covering stands in
    assert [mail["To"] for mail in postbox.to("covering@")] == ["Covering <covering@linden.example>"]
    assert {d.recipient.username: d.kind for d in Delivery.objects.filter(channel="in_app")} == {
        "covering": "ask", "rheumatologist": "inform", "coordinator": "inform",
    }  # fmt: skip
    client = house.covering.client()
    inbox = client.get(V1 + "inbox/").json()["results"]
    assert [row["id"] for row in inbox] == [str(nudge.pk)]
    assert client.post(f"{V1}nudges/{nudge.pk}/acknowledge/").json()["state"] == "acknowledged"
    done = client.post(f"{V1}escalations/{escalation.pk}/act/", {"words": "Assessed today"}, format="json")
    assert done.status_code == 200, done.content
    nudge.refresh_from_db()
    assert nudge.state == "actioned"
    work()
    assert len(postbox.mails) == 3  # one asked, two informed, who find the good end in their inboxes
    notices = house.rheumatologist.client().get(V1 + "notices/").json()["results"]
    assert {row["kind"] for row in notices} == {"told", "inform"}
