"""The pages of referrals: what either side reads and does on a phone, and that a department reads no name before it accepts."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.nudges.models import Nudge
from apps.referrals.models import Referral
from tests.cast import Cast
from tests.nudges.house import browser, page, positive_screen, send_form
from tests.observations.house import send
from tests.referrals.house import GIVEN, HOUR, SLT, Loop, asked, clock_to, fresh, moves, stuck_with, work
from tests.thread.conftest import prepare
from tests.workspace.house import errors, muscle, pending, plan_path, words

pytestmark = pytest.mark.django_db
#: Of the patient, whatever must stand on no page of somebody who does not see them.
NAMES = ("Quandt", "Testa", str(1959))


@pytest.fixture
def loop(cast: Cast) -> Loop:
    return Loop.begin(cast)


def at(row: Referral) -> str:
    return f"/referrals/{row.pk}/"


def screened(loop: Loop, value: int = 8) -> str:
    """An EAT-10 of the patient's; returns its id."""
    body = {
        "patient": str(loop.patient.pk),
        "instrument": "eat10",
        "value": value,
        "effective_at": app_now().isoformat(),
    }
    answer = send(loop.cast, "observations/", body, who="rheumatologist")
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def buttons(client: Client, row: Referral) -> set[str]:
    """The addresses of the moves on a page."""
    return set(re.findall(r'class="button[^"]*" href="([a-z-]+)/"', page(client, at(row))))


# --- reading


def test_the_department_reads_what_is_asked_and_no_name_until_it_accepts(loop: Loop) -> None:
    fact = screened(loop)
    row = loop.sent(facts=[UUID(fact)])
    therapist = browser(loop.cast.therapist)
    for path in ("/referrals/", at(row), f"{at(row)}accept/", "/inbox/"):
        shown = page(therapist, path)
        assert not [name for name in NAMES if name in shown], path
    said = words(therapist, at(row))
    age = app_now().year - loop.patient.birth_date.year
    assert re.search(rf"A patient, ({age}|{age - 1}) years, adult onset", said)
    for wanted in (
        "EAT-10 of 3 or more",
        "Eating Assessment Tool, 10 items: 8",
        "Trouble swallowing",
        "It is the turn of",
        "If nobody moves it:",
    ):
        assert wanted in said, wanted
    send_form(therapist, f"{at(row)}accept/")
    assert "Quandt" in words(therapist, at(row))


def test_whoever_is_no_part_of_it_finds_nothing(loop: Loop) -> None:
    row = loop.sent()
    for name in ("stranger", "coordinator_elsewhere"):
        client = browser(loop.cast.personas[name])
        for path in (at(row), f"{at(row)}accept/", f"{at(row)}edit/"):
            assert client.get(path).status_code == 404, (name, path)
        assert send_form(client, "/inbox/", notice="all").status_code == 302
        token = client.cookies["csrftoken"].value
        assert client.post(f"{at(row)}accept/", {}, headers={"X-CSRFToken": token}).status_code == 404, name
        assert "Trouble swallowing" not in page(client, "/referrals/")
    assert browser(loop.cast.rheumatologist).get(f"/referrals/{uuid4()}/").status_code == 404
    assert fresh(row).state == "sent"


def test_nobody_reads_without_logging_in(loop: Loop) -> None:
    row = loop.sent()
    for path in (at(row), "/referrals/", "/referrals/new/", f"{at(row)}accept/"):
        answer = browser().get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login/")


def test_the_list_says_whose_turn_it_is(loop: Loop) -> None:
    row = loop.sent()
    mine = words(browser(loop.cast.covering), "/referrals/")
    assert mine.index("Your turn") < mine.index("Trouble swallowing") < mine.index("your turn, since")
    senders = words(browser(loop.cast.rheumatologist), "/referrals/")
    assert "Your turn None waits for you." in senders
    assert senders.index("Sent by you, and open") < senders.index("Quandt") < senders.index("Covering’s turn")
    loop.move(loop.move(loop.move(row, "accept", "covering"), "see", "covering"), "report", "covering")
    senders = words(browser(loop.cast.rheumatologist), "/referrals/")
    assert senders.index("Your turn") < senders.index("Quandt") < senders.index("Report returned : your turn")


def test_what_is_late_says_so(loop: Loop) -> None:
    row = loop.sent()
    target = fresh(row).target_at
    assert target is not None
    clock_to(target + HOUR)
    work()
    assert "overdue: was to be seen by" in words(browser(loop.cast.rheumatologist), "/referrals/")
    said = words(browser(loop.cast.coordinator), at(row))
    assert "Overdue." in said
    assert "It is stuck: asked to chase it or to send it elsewhere is Coordinator." in said
    assert stuck_with(row) == "coordinator"
    answer = send_form(browser(loop.cast.coordinator), at(row), answer="have")
    assert answer.status_code == 302
    nudge = fresh(row).stuck_nudge
    assert nudge is not None
    assert nudge.state == Nudge.State.ACKNOWLEDGED


def test_reading_is_written_down(loop: Loop) -> None:
    row = loop.sent()
    me = loop.cast.therapist
    for path, verb in ((at(row), "workspace.referral"), ("/referrals/", "workspace.referrals")):
        page(browser(me), path)
        event = AuditEvent.objects.filter(verb=verb, actor_id=me.who.pk).last()
        assert event is not None, path
        assert {row.pk, loop.patient.pk} & set(event.read_ids)
    page(browser(loop.cast.rheumatologist), f"/referrals/new/?patient={loop.patient.pk}")
    assert AuditEvent.objects.filter(verb="workspace.refer", patient_id=loop.patient.pk).exists()


def test_a_fact_that_was_corrected_is_marked(loop: Loop) -> None:
    fact = screened(loop)
    row = loop.sent(facts=[UUID(fact)])
    assert "no longer stands" not in words(browser(loop.cast.rheumatologist), at(row))
    answer = send(loop.cast, f"observations/{fact}/enter-in-error/", {"reason": "Wrong patient"}, who="rheumatologist")
    assert answer.status_code == 200, answer.content
    assert "no longer stands" in words(browser(loop.cast.therapist), at(row))


# --- moving


def test_the_whole_loop_is_made_on_pages(loop: Loop) -> None:
    row = loop.sent()
    therapist, doctor = browser(loop.cast.covering), browser(loop.cast.rheumatologist)
    assert "I have it" in words(therapist, at(row))
    send_form(therapist, at(row), answer="receive")
    assert fresh(row).state == "received"
    assert asked(row) == "covering"
    send_form(therapist, f"{at(row)}accept/", filler_number="SLT-77")
    visit = (app_now() + timedelta(days=1)).astimezone(loop.patient.site.zone)
    send_form(therapist, f"{at(row)}schedule/", starts_at=f"{visit:%Y-%m-%dT%H:%M}", place="Room 4")
    said = words(therapist, at(row))
    assert f"{visit:%H:%M}" in said
    assert "Room 4: booked" in said
    clock_to(app_now() + timedelta(days=1, hours=1))
    send_form(therapist, f"{at(row)}see/")
    send_form(therapist, f"{at(row)}report/", outcome_note="No aspiration.\nSoft food.")
    assert asked(row) == "rheumatologist"
    shown = page(doctor, at(row))
    assert shown.index("No aspiration.<br>Soft food.") < shown.index("Close the loop"), "read first, then closed"
    assert "SLT-77" in shown
    send_form(doctor, f"{at(row)}review/", review_note="Soft food for four weeks.")
    found = fresh(row)
    assert (found.state, found.review_note) == ("closed", "Soft food for four weeks.")
    assert moves(row) == ["send", "receive", "accept", "schedule", "see", "report", "review"]
    assert buttons(doctor, row) == {"enter-in-error"}
    assert therapist.get(at(row)).status_code == 404


def test_each_side_is_offered_what_it_may_do_and_nothing_else(loop: Loop) -> None:
    row = loop.sent()
    assert buttons(browser(loop.cast.covering), row) == {"accept", "ask-information", "decline", "assign", "not-me"}
    assert buttons(browser(loop.cast.rheumatologist), row) == {"reroute", "cancel", "enter-in-error"}
    client = browser(loop.cast.rheumatologist)
    answer = client.get(f"{at(row)}accept/", follow=True)
    assert "cannot be done now" in answer.content.decode()
    assert fresh(row).state == "sent"


@pytest.mark.parametrize(
    ("state", "name", "who", "field"),
    [
        ("sent", "decline", "covering", "words"),
        ("sent", "ask_information", "covering", "words"),
        ("sent", "cancel", "rheumatologist", "words"),
        ("seen", "report", "covering", "outcome_note"),
        ("reported", "review", "rheumatologist", "review_note"),
        ("reported", "ask_again", "rheumatologist", "words"),
    ],
)
def test_what_is_missing_is_said_beside_its_field_and_then_it_is_done(
    loop: Loop, state: str, name: str, who: str, field: str
) -> None:
    row: Any = getattr(loop, state)(**({"who": "covering"} if state != "sent" else {}))
    client, path = browser(loop.cast.personas[who]), f"{at(row)}{name.replace('_', '-')}/"
    answer = send_form(client, path)
    assert answer.status_code == 400
    assert errors(answer) == ["This field is required."]
    assert fresh(row).state == state
    answer = send_form(client, path, **{field: GIVEN[name][field]})
    assert answer.status_code == 302, errors(answer)
    assert moves(row)[-1] == name


def test_a_visit_in_the_past_is_refused_beside_its_field(loop: Loop) -> None:
    row = loop.accepted("covering")
    past = (app_now() - HOUR).astimezone(loop.patient.site.zone)
    answer = send_form(browser(loop.cast.covering), f"{at(row)}schedule/", starts_at=f"{past:%Y-%m-%dT%H:%M}")
    assert answer.status_code == 422
    assert errors(answer) == ["That time has passed: say that the patient was seen, or give a later one."]


def test_of_two_who_accept_the_second_is_told(loop: Loop) -> None:
    row = loop.sent()
    first, second = browser(loop.cast.therapist), browser(loop.cast.covering)
    shown = second.get(f"{at(row)}accept/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', shown)
    assert token is not None
    send_form(first, f"{at(row)}accept/")
    answer = second.post(f"{at(row)}accept/", {"csrfmiddlewaretoken": token.group(1)})
    assert answer.status_code == 409
    assert any("Therapist accepted it" in one for one in errors(answer))
    assert moves(row) == ["send", "accept"]


def test_a_form_that_is_out_of_date_changes_nothing(loop: Loop) -> None:
    row = loop.accepted("covering")
    client = browser(loop.cast.covering)
    old = fresh(row).version
    loop.move(row, "assign", "covering", to_member=loop.cast.therapist.member)
    answer = send_form(client, f"{at(row)}see/", version=str(old))
    assert answer.status_code == 412
    assert fresh(row).state == "accepted"


def test_passing_the_question_on_asks_the_next_and_leaves_the_referral(loop: Loop) -> None:
    row = loop.sent()
    assert asked(row) == "covering"
    answer = send_form(browser(loop.cast.covering), f"{at(row)}not-me/", reason="Off from tomorrow.")
    assert answer.status_code == 302, errors(answer)
    work()
    assert asked(row) != "covering"
    assert fresh(row).state == "sent"


def test_it_is_given_to_a_colleague_of_the_receiving_side_only(loop: Loop) -> None:
    row = loop.accepted("covering")
    shown = page(browser(loop.cast.covering), f"{at(row)}assign/")
    assert "Therapist" in shown
    assert "Rheumatologist</option>" not in shown
    member = loop.cast.therapist.member
    assert member is not None
    send_form(browser(loop.cast.covering), f"{at(row)}assign/", to_member=str(member.pk))
    assert fresh(row).owner == loop.cast.therapist.who


def test_it_is_sent_elsewhere(loop: Loop) -> None:
    row = loop.move(loop.sent(), "decline", "covering")
    answer = send_form(
        browser(loop.cast.rheumatologist), f"{at(row)}reroute/", words="They are full.", to="slt",
        to_site=str(loop.cast.site.pk), outside="Practice at the bridge",
    )  # fmt: skip
    assert answer.status_code == 302, errors(answer)
    found = fresh(row)
    assert (found.state, found.outside) == ("sent", "Practice at the bridge")


# --- writing one


def test_a_referral_is_written_from_a_reason_with_what_is_known(loop: Loop) -> None:
    older, newest = screened(loop, 6), screened(loop, 8)
    client = browser(loop.cast.rheumatologist)
    assert f"/referrals/new/?patient={loop.patient.pk}" in page(client, plan_of(loop))
    chosen = f"/referrals/new/?patient={loop.patient.pk}"
    assert "Trouble swallowing" in words(client, chosen)
    shown = page(client, f"{chosen}&reason={SLT}")
    assert "EAT-10 of 3 or more" in shown
    assert newest in shown
    assert older not in shown
    answer = send_form(
        client, f"{chosen}&reason={SLT}", question="Is it safe to drink?", urgency="urgent", to_site=str(loop.cast.site.pk),
        facts=newest, patient_informed="on", do="send",
    )  # fmt: skip
    assert answer.status_code == 302, errors(answer)
    row = Referral.objects.get(patient=loop.patient)
    assert answer["Location"] == at(row)
    assert (row.state, row.question, row.patient_informed) == ("sent", "Is it safe to drink?", True)
    assert [str(one.fact.pk) for one in row.attachments.all()] == [newest]


def plan_of(loop: Loop) -> str:
    return f"/plans/{loop.patient.pk}/"


def test_a_draft_is_kept_written_differently_and_sent(loop: Loop) -> None:
    client = browser(loop.cast.rheumatologist)
    form = {"question": "Is it safe?", "urgency": "urgent", "to_site": str(loop.cast.site.pk)}
    send_form(client, f"/referrals/new/?patient={loop.patient.pk}&reason={SLT}", **form, do="keep")
    row = Referral.objects.get(patient=loop.patient)
    assert row.state == "draft"
    assert browser(loop.cast.therapist).get(at(row)).status_code == 404
    assert "Is it safe?" in page(client, f"{at(row)}edit/")
    send_form(client, f"{at(row)}edit/", **{**form, "question": "Which texture is safe?"}, do="send")
    assert (fresh(row).state, fresh(row).question) == ("sent", "Which texture is safe?")
    assert client.get(f"{at(row)}edit/").status_code == 404


def test_another_one_for_the_same_reason_has_to_be_meant(loop: Loop) -> None:
    row = loop.sent()
    client, path = browser(loop.cast.rheumatologist), f"/referrals/new/?patient={loop.patient.pk}&reason={SLT}"
    assert at(row) in page(client, path)
    form = {"question": "Again?", "urgency": "urgent", "to_site": str(loop.cast.site.pk)}
    answer = send_form(client, path, **form)
    assert answer.status_code == 409
    assert Referral.objects.filter(patient=loop.patient).count() == 1
    assert send_form(client, path, **form, beside_open="on").status_code == 302
    assert Referral.objects.filter(patient=loop.patient).count() == 2


def test_nobody_writes_one_about_somebody_they_do_not_see(loop: Loop) -> None:
    for name in ("stranger", "coordinator_elsewhere", "therapist"):
        client = browser(loop.cast.personas[name])
        for more in ("", f"&reason={SLT}"):
            assert client.get(f"/referrals/new/?patient={loop.patient.pk}{more}").status_code == 404, name
        assert "Quandt" not in page(client, "/referrals/new/")
    client = browser(loop.cast.rheumatologist)
    for wrong in (
        "patient=nonsense",
        f"patient={uuid4()}",
        f"patient={loop.patient.pk}&reason=magic",
        f"matter={uuid4()}",
    ):
        assert client.get(f"/referrals/new/?{wrong}").status_code == 404, wrong


# --- what suggests itself


def test_a_matter_suggests_a_referral_that_is_sent_by_one_button(cast: Cast) -> None:
    prepare(cast)
    matter = positive_screen(cast)
    path = f"/matters/{matter.pk}/"
    client = browser(cast.rheumatologist)
    said = words(client, path)
    assert "Referrals that suggest themselves" in said
    assert "1 fact goes along · within 2 working days: the assessment has begun" in said
    assert client.get(f"{path}refer/?reason={SLT}")["Location"] == f"/referrals/new/?matter={matter.pk}&reason={SLT}"
    assert not Referral.objects.exists()
    answer = send_form(client, path)
    assert answer.status_code == 302
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page(client, path))
    assert token is not None
    answer = client.post(
        f"{path}refer/", {"csrfmiddlewaretoken": token.group(1), "reason": SLT, "patient_informed": "on"}
    )
    row = Referral.objects.get()
    assert answer["Location"] == at(row)
    assert (row.state, row.patient_informed, row.attachments.count()) == ("sent", True, 1)
    said = words(client, path)
    assert "Referred to Speech and language therapy: Trouble swallowing" in said
    assert "Referred already" in said
    assert f"/matters/{matter.pk}/" in page(client, at(row))


def test_a_plan_suggests_what_its_medicines_want(cast: Cast) -> None:
    story = muscle(cast)
    client = browser(cast.rheumatologist)
    said = words(client, plan_path(story))
    version = pending(story)
    missing = [
        row.panel.code for row in version.prerequisites.select_related("panel") if row.panel and row.state == "missing"
    ]
    assert ("Lungs at the beginning" in said) == bool({"pft", "hrct"} & set(missing))


def test_whoever_sent_it_hears_of_each_move_once(loop: Loop) -> None:
    row = loop.move(loop.accepted("covering"), "schedule", "covering")
    said = words(browser(loop.cast.rheumatologist), "/inbox/")
    assert said.count("Covering accepted it.") == 1
    assert said.count("Covering booked a visit.") == 1
    assert at(row) in page(browser(loop.cast.rheumatologist), "/inbox/")


def test_what_was_asked_stands_above_the_button_that_answers_it(loop: Loop) -> None:
    row = loop.move(loop.sent(), "ask_information", "covering")
    said = words(browser(loop.cast.rheumatologist), at(row))
    assert said.index("Covering: Which texture is eaten now?") < said.index("Give information")


def test_the_list_costs_the_same_however_many_there_are(loop: Loop) -> None:
    client = browser(loop.cast.rheumatologist)
    loop.sent()
    one = queries(client, "/referrals/")
    for _ in range(5):
        loop.sent(beside_open=True)
    assert queries(client, "/referrals/") == one


def queries(client: Client, path: str) -> int:
    page(client, path)
    with CaptureQueriesContext(connection) as found:
        page(client, path)
    return len(found)
