"""A member's plain pages: the log-in, the inbox, the matter and its forms. Nothing cached, nothing for strangers."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from apps.accounts import operations as accounts
from apps.accounts.models import User
from apps.common.clock import app_now
from apps.escalation.models import Action, Escalation
from apps.nudges.models import Delivery, Nudge, Response
from tests.cast import Cast, Persona
from tests.nudges.house import (
    Server,
    acknowledge,
    browser,
    climb_to_the_end,
    hand_over,
    nudge_of,
    owner,
    page,
    positive_screen,
    send_form,
)
from tests.thread.conftest import work

PASSWORD = "a long enough sentence"
PATIENT = ("Albers", "1960", "L-1<")
DOINGS = ("act", "decline", "hand-over", "close")


@pytest.fixture
def matter(clinic: Cast) -> Escalation:
    """A positive swallow screen, of which the covering therapist is asked."""
    return positive_screen(clinic)


def with_password(persona: Persona) -> User:
    User.objects.filter(pk=persona.who.pk).update(password=make_password(PASSWORD))
    persona.who.refresh_from_db()
    return persona.who


def log_in(client: Client, username: str, password: str = PASSWORD, query: str = "", **more: str) -> Any:
    return send_form(client, f"/login/{query}", username=username, password=password, **more)


def says_nothing_of_the_patient(answer: Any) -> bool:
    text = answer.content.decode()
    return not any(word in text for word in PATIENT)


def beside(answer: Any, field: str) -> str:
    """The error that stands beside a field, as the page shows it."""
    text = answer.content.decode()
    after = text.split(f'name="{field}"', 1)[1].split('<p class="field">')[0].split("<div")[0]
    assert '<span class="error" role="alert">' in after, text
    said: str = after.split('<span class="error" role="alert">')[1].split("</span>")[0]
    return said


# --- the log-in


def test_the_right_password_leads_to_the_inbox(house: Cast) -> None:
    with_password(house.covering)
    client = browser()
    answer = log_in(client, "Covering ")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/inbox/")
    assert "Covering" in page(client, "/inbox/")


@pytest.mark.parametrize(("name", "password"), [("covering", "wrong"), ("nobody.at.all", PASSWORD)])
def test_a_wrong_name_or_password_is_said_in_the_same_words_and_lets_nobody_in(
    house: Cast, name: str, password: str
) -> None:
    with_password(house.covering)
    client = browser()
    answer = log_in(client, name, password)
    assert "do not fit together" in answer.content.decode()
    assert client.get("/inbox/").status_code == 302


def test_an_empty_form_says_which_fields_are_missing(house: Cast) -> None:
    answer = send_form(browser(), "/login/", username="", password="")
    assert beside(answer, "username")
    assert beside(answer, "password")


def test_too_many_tries_are_slowed_down_even_with_the_right_password(house: Cast) -> None:
    with_password(house.covering)
    client = browser()
    for _ in range(10):
        log_in(client, "covering", "wrong")
    assert "Too many failed tries" in log_in(client, "covering").content.decode()
    assert client.get("/inbox/").status_code == 302


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/", "//evil.example/inbox/", "http:evil.example", "javascript:alert(1)", "\\\\evil.example",
        "/\\evil.example", "ftp://testserver/", " //evil.example",
    ],
)  # fmt: skip
def test_the_log_in_leads_to_no_foreign_host(house: Cast, wanted: str) -> None:
    with_password(house.covering)
    answer = log_in(browser(), "covering", next=wanted)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/inbox/")
    signed_in = browser(house.covering).get("/login/", {"next": wanted})
    assert signed_in.headers["Location"] == "/inbox/"


def test_the_log_in_leads_back_to_where_one_was_going(matter: Escalation, clinic: Cast) -> None:
    with_password(clinic.covering)
    client = browser()
    sent = client.get(f"/matters/{matter.pk}/")
    assert sent.status_code == 302
    assert sent.headers["Location"] == f"/login/?next=%2Fmatters%2F{matter.pk}%2F"
    answer = send_form(
        client, sent.headers["Location"], username="covering", password=PASSWORD, next=f"/matters/{matter.pk}/"
    )
    assert answer.headers["Location"] == f"/matters/{matter.pk}/"


def test_logging_out_ends_the_session(house: Cast) -> None:
    client = browser(house.covering)
    answer = send_form(client, "/inbox/", notice="all")
    assert answer.status_code == 302
    assert client.get("/logout/").status_code == 405
    token = client.cookies["csrftoken"].value
    assert client.post("/logout/", {"csrfmiddlewaretoken": token}).headers["Location"] == "/login/"
    assert client.get("/inbox/").status_code == 302


def test_the_front_door_leads_members_to_their_inbox_and_coordinators_to_the_admin(house: Cast) -> None:
    assert browser().get("/").headers["Location"] == "/login/"
    assert browser(house.covering).get("/").headers["Location"] == "/inbox/"
    assert browser(house.coordinator).get("/").headers["Location"] == "/admin/"


# --- what every page shares


def test_nothing_is_kept_by_a_browser(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.covering)
    paths = ["/login/", "/inbox/", f"/matters/{matter.pk}/", *[f"/matters/{matter.pk}/{one}/" for one in DOINGS]]
    for path in [*paths, f"/matters/{uuid4()}/"]:
        assert client.get(path).headers["Cache-Control"] == "no-store", path
    assert send_form(client, f"/matters/{matter.pk}/act/", words="").headers["Cache-Control"] == "no-store"
    assert browser(clinic.stranger).get(f"/matters/{matter.pk}/").headers["Cache-Control"] == "no-store"


def test_neither_a_refusal_nor_the_way_to_the_log_in_is_kept_by_a_browser(matter: Escalation, clinic: Cast) -> None:
    refused = browser(clinic.administrator).get("/inbox/")
    assert refused.status_code == 403
    assert refused.headers.get("Cache-Control") == "no-store"
    assert browser().get("/inbox/").headers.get("Cache-Control") == "no-store"


def test_a_form_without_its_csrf_token_does_nothing(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.covering)
    page(client, f"/matters/{matter.pk}/")
    for path in (f"/matters/{matter.pk}/", f"/matters/{matter.pk}/act/", "/inbox/"):
        assert client.post(path, {"words": "done"}).status_code == 403
    assert nudge_of(matter).state == Nudge.State.OPEN


def test_a_stranger_sees_no_patient_anywhere(matter: Escalation, clinic: Cast) -> None:
    for persona in (clinic.stranger, clinic.coordinator_elsewhere, clinic.former, clinic.future):
        client = browser(persona)
        inbox = client.get("/inbox/")
        assert inbox.status_code == 200
        assert says_nothing_of_the_patient(inbox)
        for path in ("", *[f"{one}/" for one in DOINGS]):
            answer = client.get(f"/matters/{matter.pk}/{path}")
            assert answer.status_code == 404
            assert says_nothing_of_the_patient(answer)
            assert "swallow" not in answer.content.decode()


def test_a_stranger_can_do_nothing(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.stranger)
    send_form(client, "/inbox/", notice="all")
    token = client.cookies["csrftoken"].value
    sent = {
        "csrfmiddlewaretoken": token,
        "words": "done",
        "reason": "because",
        "to": str(clinic.member_of("therapist")),
    }
    for path in ("", *[f"{one}/" for one in DOINGS]):
        answer = client.post(f"/matters/{matter.pk}/{path}", sent)
        assert answer.status_code == 404
        assert says_nothing_of_the_patient(answer)
    assert (nudge_of(matter).state, Response.objects.count(), Action.objects.count()) == ("open", 0, 0)


def test_an_administrator_is_told_that_the_pages_are_not_for_them(matter: Escalation, clinic: Cast) -> None:
    for path in ("/inbox/", f"/matters/{matter.pk}/"):
        answer = browser(clinic.administrator).get(path)
        assert answer.status_code == 403
        assert says_nothing_of_the_patient(answer)


def test_nobody_comes_in_without_a_log_in(matter: Escalation, clinic: Cast) -> None:
    for path in ("/inbox/", f"/matters/{matter.pk}/", *[f"/matters/{matter.pk}/{one}/" for one in DOINGS]):
        answer = browser().get(path)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login/?next=")


# --- the inbox


def test_the_inbox_shows_what_waits_then_what_one_has_and_what_one_was_told(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.covering)
    waiting = page(client, "/inbox/")
    assert "Positive swallow screen" in waiting
    assert "Albers" in waiting
    assert "You have these" not in waiting
    acknowledge(clinic, nudge_of(matter), "covering")
    has = page(client, "/inbox/")
    assert "Nobody is waiting for your answer." in has
    assert "You have these" in has.split("Nobody is waiting", 1)[1]
    informed = page(browser(clinic.rheumatologist), "/inbox/")
    assert "Nobody is waiting for your answer." in informed
    assert "Positive swallow screen" in informed.split("For your information", 1)[1]


def test_a_notice_that_was_read_is_gone_and_only_that_one(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.rheumatologist)
    acknowledge(clinic, nudge_of(matter), "covering")
    send_form(browser(clinic.covering), f"/matters/{matter.pk}/act/", words="Seen today")
    notices = Delivery.objects.filter(recipient=clinic.rheumatologist.who, channel="in_app").order_by("queued_at")
    assert [one.kind for one in notices] == ["inform", "told"]
    answer = send_form(client, "/inbox/", notice=str(notices[0].pk))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/inbox/")
    assert [one.read_at is None for one in notices.all()] == [False, True]
    send_form(client, "/inbox/", notice="all")
    assert not notices.filter(read_at__isnull=True).exists()
    assert "Nothing new." in page(client, "/inbox/")


def test_nobody_reads_the_notices_of_somebody_else(matter: Escalation, clinic: Cast) -> None:
    notice = Delivery.objects.get(recipient=clinic.rheumatologist.who, channel="in_app")
    send_form(browser(clinic.coordinator), "/inbox/", notice=str(notice.pk))
    send_form(browser(clinic.coordinator), "/inbox/", notice="all")
    notice.refresh_from_db()
    assert notice.read_at is None


@pytest.mark.parametrize("wanted", ["", "x", "None"])
def test_a_notice_that_is_none_is_not_found(matter: Escalation, clinic: Cast, wanted: str) -> None:
    assert send_form(browser(clinic.rheumatologist), "/inbox/", notice=wanted).status_code == 404


def test_what_presses_most_stands_first_in_the_inbox(matter: Escalation, clinic: Cast) -> None:
    body = {
        "patient": str(clinic.patient.pk), "code": "interstitial_lung_disease", "severity": "severe",
        "effective_at": app_now().isoformat(),
    }  # fmt: skip
    assert clinic.therapist.client().post("/api/v1/complications/", body, format="json").status_code == 201
    work()
    pressing = Nudge.objects.get(severity="emergency")
    Nudge.objects.filter(pk=pressing.pk).update(owner=clinic.covering.who)
    said = page(browser(clinic.covering), "/inbox/")
    assert said.index(pressing.title) < said.index("Positive swallow screen")


def test_the_inbox_says_since_when_no_mail_leaves(clinic: Cast, postbox: Server) -> None:
    postbox.stop()
    positive_screen(clinic)
    said = page(browser(clinic.stranger), "/inbox/")
    assert "The channel E-mail does not work since 2027-06-07" in said


# --- the matter


def test_the_matter_shows_whom_it_is_about_why_and_who_is_asked(matter: Escalation, clinic: Cast) -> None:
    mine = page(browser(clinic.covering), f"/matters/{matter.pk}/")
    for words in (
        "Albers",
        "born 1 January 1960",
        "SW-01",
        "You are asked.",
        "I have it</button>",
        "Eating Assessment Tool",
    ):
        assert words in mine, words
    other = page(browser(clinic.rheumatologist), f"/matters/{matter.pk}/")
    assert "Asked now: <b>Covering</b>" in other
    assert "I have it</button>" not in other


def test_looking_at_a_matter_or_a_form_does_nothing_but_is_recorded(matter: Escalation, clinic: Cast) -> None:
    before = nudge_of(matter).version
    client = browser(clinic.covering)
    for path in ("", *[f"{one}/" for one in DOINGS]):
        page(client, f"/matters/{matter.pk}/{path}")
    assert nudge_of(matter).version == before
    assert (Response.objects.count(), Action.objects.count()) == (0, 0)


def test_the_button_on_the_matter_acknowledges(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.covering)
    answer = send_form(client, f"/matters/{matter.pk}/")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/matters/{matter.pk}/")
    said = page(client, f"/matters/{matter.pk}/")
    assert "It is yours now." in said
    assert "Covering has it since 07 June 2027" in said
    row = Response.objects.get()
    assert (row.kind, row.via) == ("acknowledge", "web")


def test_pressing_it_late_says_who_has_it(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.covering)
    token = send_form(client, "/inbox/", notice="all").wsgi_request.META["CSRF_COOKIE"]
    acknowledge(clinic, nudge_of(matter), "coordinator")
    client.post(f"/matters/{matter.pk}/", {"csrfmiddlewaretoken": token})
    assert "Coordinator has it since" in page(client, f"/matters/{matter.pk}/")
    assert owner(nudge_of(matter)) == "coordinator"


@pytest.mark.parametrize(
    ("doing", "field"), [("act", "words"), ("decline", "reason"), ("hand-over", "to"), ("close", "reason")]
)
@pytest.mark.parametrize("value", ["", "   "])
def test_a_form_that_lacks_something_says_so_beside_the_field(
    matter: Escalation, clinic: Cast, doing: str, field: str, value: str
) -> None:
    answer = send_form(browser(clinic.covering), f"/matters/{matter.pk}/{doing}/", **{field: value})
    assert answer.status_code == 400
    said = beside(answer, field)
    assert said == "This field is required." if not value or field != "to" else said
    assert nudge_of(matter).state == Nudge.State.OPEN


def test_what_was_written_is_kept_when_the_form_comes_back(matter: Escalation, clinic: Cast) -> None:
    answer = send_form(browser(clinic.covering), f"/matters/{matter.pk}/hand-over/", reason="Please, I am ill")
    assert "Please, I am ill" in answer.content.decode()


def test_acting_records_the_words_and_settles_it(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.covering)
    answer = send_form(client, f"/matters/{matter.pk}/act/", words="Assessed <b>today</b>")
    assert answer.headers["Location"] == f"/matters/{matter.pk}/"
    assert nudge_of(matter).state == Nudge.State.ACTIONED
    assert (matter.state, matter.acted_at is not None) == ("open", True)
    said = page(client, f"/matters/{matter.pk}/")
    assert "Assessed &lt;b&gt;today&lt;/b&gt;" in said
    assert "Assessed <b>" not in said


def test_declining_asks_the_next_person(matter: Escalation, clinic: Cast) -> None:
    send_form(browser(clinic.covering), f"/matters/{matter.pk}/decline/", reason="I am abroad")
    assert owner(nudge_of(matter)) == "coordinator"
    row = Response.objects.get()
    assert (row.kind, row.reason, row.via) == ("decline", "I am abroad", "web")


def test_declining_what_one_was_not_asked_is_refused_on_the_form(matter: Escalation, clinic: Cast) -> None:
    answer = send_form(browser(clinic.rheumatologist), f"/matters/{matter.pk}/decline/", reason="Not me")
    assert answer.status_code == 403
    assert 'class="error" role="alert"' in answer.content.decode()
    assert owner(nudge_of(matter)) == "covering"


def test_handing_over_offers_it_to_colleagues_around_the_patient_only(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.covering)
    said = page(client, f"/matters/{matter.pk}/hand-over/")
    for name in ("Rheumatologist (Rheumatology)", "Therapist (", "On_Call_Pulmonologist (Pulmonology)"):
        assert name in said, name
    for name in ("Stranger", "Former", "Future"):
        assert name not in said
    assert "Covering (" not in said


def test_handing_over_to_a_stranger_is_refused_beside_the_field(matter: Escalation, clinic: Cast) -> None:
    path = f"/matters/{matter.pk}/hand-over/"
    answer = send_form(browser(clinic.covering), path, to=str(clinic.member_of("stranger")))
    assert answer.status_code == 400
    assert "not one of the available choices" in beside(answer, "to")
    assert nudge_of(matter).offered_to is None


def test_handing_over_to_somebody_who_lost_their_role_is_refused_beside_the_field(
    matter: Escalation, clinic: Cast
) -> None:
    accounts.end_grant(grant=clinic.rheumatologist.who.grants.get(), by=clinic.by, at=app_now())
    path = f"/matters/{matter.pk}/hand-over/"
    answer = send_form(browser(clinic.covering), path, to=str(clinic.member_of("rheumatologist")))
    assert answer.status_code == 422
    assert beside(answer, "to") == "This person does not see the patient."


def test_what_is_handed_over_is_shown_with_its_words_and_accepted_by_the_button(
    matter: Escalation, clinic: Cast
) -> None:
    path = f"/matters/{matter.pk}/hand-over/"
    to = str(clinic.member_of("rheumatologist"))
    send_form(browser(clinic.covering), path, to=to, reason="You know her")
    client = browser(clinic.rheumatologist)
    said = page(client, f"/matters/{matter.pk}/")
    assert "Offered to <b>Rheumatologist</b>" in said
    assert "You know her" in said
    assert "Positive swallow screen" in page(client, "/inbox/").split("For your information")[0]
    send_form(client, f"/matters/{matter.pk}/")
    assert owner(nudge_of(matter)) == "rheumatologist"


def test_whoever_is_offered_it_can_decline_on_a_page(matter: Escalation, clinic: Cast) -> None:
    hand_over(clinic, nudge_of(matter), "covering", "rheumatologist")
    client = browser(clinic.rheumatologist)
    send_form(client, f"/matters/{matter.pk}/decline/", reason="On leave")
    assert (owner(nudge_of(matter)), nudge_of(matter).offered_to) == ("covering", None)


def test_closing_ends_it_with_the_reason(matter: Escalation, clinic: Cast) -> None:
    client = browser(clinic.rheumatologist)
    send_form(client, f"/matters/{matter.pk}/close/", reason="Entered for a lecture")
    matter.refresh_from_db()
    assert (matter.state, matter.end_reason, matter.ended_by) == (
        "closed", "Entered for a lecture", clinic.rheumatologist.who,
    )  # fmt: skip
    said = page(client, f"/matters/{matter.pk}/")
    assert "Entered for a lecture" in said
    assert "I have it</button>" not in said
    late = send_form(client, f"/matters/{matter.pk}/close/", reason="again")
    assert late.status_code == 409
    assert "This has ended" in late.content.decode()


def test_there_is_no_other_doing(matter: Escalation, clinic: Cast) -> None:
    for path in ("delete", "acknowledge", "x"):
        assert browser(clinic.covering).get(f"/matters/{matter.pk}/{path}/").status_code == 404


def test_an_exhausted_matter_says_that_nobody_is_left(matter: Escalation, clinic: Cast) -> None:
    climb_to_the_end(nudge_of(matter))
    assert "<b>Nobody is left to ask.</b>" in page(browser(clinic.rheumatologist), f"/matters/{matter.pk}/")
    client = browser(clinic.coordinator)
    assert "Nobody is left to ask about 1 matters" in page(client, f"/matters/{matter.pk}/")
    assert "nobody else is left to ask" in page(client, "/inbox/")


def test_the_mailbox_of_the_demo_is_nowhere_else(clinic: Cast) -> None:
    assert browser(clinic.coordinator).get("/demo/mailbox/").status_code == 404
    assert browser().get("/demo/mailbox/x/").status_code == 404
