"""People of the department asked, who do not see the patient: they are asked, answer, and learn nothing of the patient."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts import operations as accounts
from apps.accounts.models import User
from apps.accounts.permissions import Permission
from apps.common.clock import app_now
from apps.nudges import ladder
from apps.nudges import operations as nudges
from apps.nudges.links import link_of
from apps.nudges.models import Delivery, Nudge, Response
from apps.patients.models import Patient
from apps.teams import operations as teams
from tests.access.test_ledger import counted
from tests.cast import Cast, token_for
from tests.nudges.house import (
    MINUTE,
    V1,
    Server,
    acknowledge,
    address,
    ask,
    body_of,
    browser,
    climb_to_the_end,
    clock_to,
    decline,
    department,
    fresh,
    hand_over,
    join,
    mail_of,
    member,
    next_step,
    on_call,
    owner,
    page,
    rungs,
    send_form,
    settle,
    stand_in,
    step,
    token_in,
    told,
)
from tests.thread.conftest import work

PATIENT = ("Albers", "1960", "L-1")
HIDDEN = "patient not shown to you"
MOVERS = ("first_mover", "second_mover", "third_mover")


@pytest.fixture
def movers(house: Cast) -> Cast:
    """A department of physiotherapy, of which nobody belongs to the care team."""
    department(house, "physiotherapy", *MOVERS)
    return house


def refer(cast: Cast, *asks: str, **more: Any) -> Nudge:
    """Ask the department."""
    return ask(cast, *(asks or ("physiotherapy",)), addressees=more.pop("addressees", MOVERS), **more)


def post(cast: Cast, nudge: Nudge, name: str, doing: str, **body: Any) -> Any:
    return cast.personas[name].client().post(f"{V1}nudges/{nudge.pk}/{doing}/", body, format="json")


def listed(cast: Cast, name: str, path: str) -> list[str]:
    answer = cast.personas[name].client().get(V1 + path)
    assert answer.status_code == 200, answer.content
    return [str(row.get("nudge", row["id"])) for row in answer.json()["results"]]


def silent(text: str) -> str:
    """The text, in which nothing of the patient stands."""
    for word in PATIENT:
        assert word not in text
    return text


# --- who is asked


def test_somebody_of_the_department_is_asked_by_a_mail_without_seeing_the_patient(
    movers: Cast, postbox: Server
) -> None:
    nudge = refer(movers)
    assert rungs(nudge) == [("department", "first.mover")]
    assert not Patient.objects.visible_to(movers.first_mover.actor).exists()
    work()
    (mail,) = postbox.mails
    assert mail["To"] == "First_Mover <first_mover@linden.example>"
    for kind in ("plain", "html"):
        said = silent(body_of(mail, kind))
        assert "What you may see of it stands" in said
        assert "Who the patient is" not in said


def test_whoever_is_asked_because_they_see_the_patient_still_reads_where_the_patient_stands(
    movers: Cast, postbox: Server
) -> None:
    refer(movers, "rheumatology")
    work()
    assert "Who the patient is stands" in body_of(postbox.mails[0], "plain")


def test_they_are_asked_in_the_order_given_two_of_them_and_then_the_coordinators(movers: Cast) -> None:
    nudge = refer(movers, addressees=["third_mover", "first_mover", "second_mover"])
    assert climb_to_the_end(nudge) == ["third.mover", "first.mover", "coordinator"]


def test_the_team_then_who_is_on_call_then_the_department(movers: Cast) -> None:
    on_call(movers, "duty", "physiotherapy")
    nudge = refer(movers)
    assert climb_to_the_end(nudge) == ["duty", "first.mover", "coordinator"]
    join(movers, "of_the_team", "physiotherapy")
    again = refer(movers, key="another")
    assert climb_to_the_end(again) == ["of.the.team", "duty", "coordinator"]
    everybody = ladder.around(again, app_now()).of("physiotherapy")
    assert [one.user.username for one in everybody][:3] == ["of.the.team", "duty", "first.mover"]


def test_an_addressee_who_belongs_to_the_team_as_well_is_asked_once(movers: Cast) -> None:
    join(movers, "of_the_team", "physiotherapy")
    nudge = refer(movers, addressees=["of_the_team", "first_mover"])
    assert climb_to_the_end(nudge) == ["of.the.team", "first.mover", "coordinator"]


def test_an_addressee_is_asked_for_their_own_discipline_only(movers: Cast) -> None:
    nudge = refer(movers, "dermatology")
    assert climb_to_the_end(nudge) == ["coordinator"]
    assert rungs(nudge)[0] == ("nobody", "dermatology")


def test_an_addressee_named_twice_is_kept_once(movers: Cast) -> None:
    assert refer(movers, addressees=["first_mover", "first_mover"]).addressees == [movers.first_mover.who.pk]


def test_the_department_can_be_told_for_information(movers: Cast, postbox: Server) -> None:
    nudge = refer(movers, "slt", informs=["physiotherapy"])
    work()
    assert told(nudge, "inform") == ["first.mover"]
    assert len(postbox.to(address("first_mover"))) == 1


def test_a_substitute_who_is_an_addressee_is_asked_instead(movers: Cast) -> None:
    stand_in(movers, "first_mover", "second_mover")
    nudge = refer(movers)
    assert rungs(nudge) == [("cover", "second.mover")]
    assert climb_to_the_end(nudge) == ["second.mover", "third.mover", "coordinator"]


def test_a_substitute_who_sees_the_patient_is_asked_instead(movers: Cast) -> None:
    stand_in(movers, "first_mover", "rheumatologist")
    nudge = refer(movers, addressees=["first_mover"])
    assert rungs(nudge) == [("cover", "rheumatologist")]


def test_without_such_a_substitute_whoever_is_away_is_skipped(movers: Cast, postbox: Server) -> None:
    stand_in(movers, "first_mover", "stranger")
    nudge = refer(movers)
    work()
    assert rungs(nudge) == [("department", "second.mover")]
    assert postbox.to(address("stranger")) == postbox.to(address("first_mover")) == []


def test_a_deactivated_member_and_a_closed_account_are_passed_over(movers: Cast) -> None:
    teams.deactivate_member(member=member(movers, "first_mover"), by=movers.by, at=app_now())
    accounts.deactivate_user(user=movers.second_mover.who, by=movers.by, at=app_now())
    assert rungs(refer(movers)) == [("department", "third.mover")]


def test_an_addressee_without_a_role_cannot_answer_and_is_written_down(movers: Cast) -> None:
    accounts.end_grant(grant=movers.first_mover.who.grants.get(), by=movers.by, at=app_now())
    assert rungs(refer(movers)) == [("unreachable", "first.mover"), ("department", "second.mover")]


def leaves(cast: Cast, name: str) -> None:
    teams.deactivate_member(member=member(cast, name), by=cast.by, at=app_now())


def is_closed(cast: Cast, name: str) -> None:
    accounts.deactivate_user(user=cast.personas[name].who, by=cast.by, at=app_now())


def loses_the_role(cast: Cast, name: str) -> None:
    accounts.end_grant(grant=cast.personas[name].who.grants.get(), by=cast.by, at=app_now())


@pytest.mark.parametrize("goes", [leaves, is_closed, loses_the_role])
def test_whoever_goes_before_the_mail_has_left_is_not_mailed_and_the_next_asked_at_once(
    movers: Cast, postbox: Server, goes: Any
) -> None:
    nudge = refer(movers)
    goes(movers, "first_mover")
    work()
    assert postbox.to(address("first_mover")) == []
    assert Delivery.objects.get(recipient=movers.first_mover.who, channel="email").state == "cancelled"
    assert owner(nudge) == "second.mover"
    assert len(postbox.to(address("second_mover"))) == 1


def test_somebody_who_left_neither_sees_nor_answers_it_any_more(movers: Cast) -> None:
    nudge = refer(movers)
    leaves(movers, "first_mover")
    assert post(movers, nudge, "first_mover", "acknowledge").status_code == 404
    assert listed(movers, "first_mover", "inbox/") == listed(movers, "first_mover", "nudges/") == []
    link = link_of(mail_of(nudge, "first_mover"))
    assert Client().post(f"/n/{link.split('/n/')[1]}").status_code == 403
    assert fresh(nudge).state == Nudge.State.OPEN


def test_the_two_rules_of_who_may_hear_agree_about_everybody(movers: Cast) -> None:
    leaves(movers, "third_mover")
    nudge = refer(movers, addressees=[*MOVERS, "coordinator_elsewhere", "administrator"])
    users = User.objects.with_access().all()
    now = app_now()
    may = ladder.may_hear(nudge, {user.pk for user in users}, now)
    see = {user.pk for user in users if Nudge.objects.visible_to(user.actor()).filter(pk=nudge.pk).exists()}
    assert may == see
    sees = ladder.who_sees(movers.patient, {user.pk for user in users}, now)
    names = sorted(user.username for user in users if user.pk in may - sees)
    assert names == ["coordinator.elsewhere", "first.mover", "second.mover"]


# --- what they do


def test_they_acknowledge_by_the_link_which_shows_nothing_of_the_patient(movers: Cast, postbox: Server) -> None:
    nudge = refer(movers)
    work()
    path = f"/n/{token_in(postbox.to(address('first_mover'))[0])}/"
    assert "I have it</button>" in silent(Client().get(path).content.decode())
    answer = Client().post(path)
    said = silent(answer.content.decode())
    assert answer.status_code == 200
    assert "Log in to see what is asked" in said
    assert "who the patient is" not in said
    assert (fresh(nudge).state, owner(nudge)) == (Nudge.State.ACKNOWLEDGED, "first.mover")


def test_they_acknowledge_through_the_api(movers: Cast) -> None:
    nudge = refer(movers)
    answer = post(movers, nudge, "first_mover", "acknowledge")
    assert (answer.status_code, answer.json()["state"], answer.json()["owner_name"]) == (
        200,
        "acknowledged",
        "First_Mover",
    )
    silent(answer.content.decode())
    assert answer.json()["patient"] == str(movers.patient.pk)
    assert listed(movers, "first_mover", "inbox/") == [str(nudge.pk)]


def test_they_decline_and_the_next_of_the_department_is_asked(movers: Cast) -> None:
    nudge = refer(movers)
    answer = post(movers, nudge, "first_mover", "decline", reason="We are full")
    assert (answer.status_code, answer.json()["owner_name"]) == (200, "Second_Mover")


def test_an_addressee_who_was_not_asked_yet_sees_it_and_cannot_take_it(movers: Cast) -> None:
    nudge = refer(movers)
    assert movers.third_mover.client().get(f"{V1}nudges/{nudge.pk}/").status_code == 200
    assert post(movers, nudge, "third_mover", "acknowledge").status_code == 403


def test_they_hand_it_over_among_themselves(movers: Cast, postbox: Server) -> None:
    nudge = refer(movers)
    over = post(movers, nudge, "first_mover", "hand-over", to=str(movers.member_of("third_mover")))
    assert over.status_code == 200, over.content
    work()
    silent(body_of(postbox.to(address("third_mover"))[0], "plain"))
    assert listed(movers, "third_mover", "inbox/") == [str(nudge.pk)]
    assert post(movers, nudge, "third_mover", "acknowledge").json()["owner_name"] == "Third_Mover"


@pytest.mark.parametrize("to", ["stranger", "third_mover"])
def test_they_hand_it_over_to_nobody_who_may_not_hear_of_it(movers: Cast, to: str) -> None:
    nudge = refer(movers, addressees=["first_mover", "second_mover"])
    over = post(movers, nudge, "first_mover", "hand-over", to=str(movers.member_of(to)))
    assert (over.status_code, [one["field"] for one in over.json()["errors"]]) == (422, ["to"])
    assert not Delivery.objects.filter(recipient=movers.personas[to].who).exists()


def test_they_are_reminded_and_told_what_became_of_it(movers: Cast, postbox: Server) -> None:
    nudge = refer(movers, within="30 min")
    work()
    clock_to(nudge.opened_at + 15 * MINUTE)
    work()
    assert told(nudge, "reminder") == ["first.mover"]
    next_step(nudge)
    settle(movers, nudge, "coordinator")
    work()
    assert told(nudge, "told") == ["first.mover", "second.mover"]
    assert len(postbox.to(address("first_mover"))) == 3
    for mail in postbox.mails:
        silent(body_of(mail, "plain") + body_of(mail, "html"))


def test_when_their_time_to_act_has_passed_they_are_told_and_the_next_is_asked(movers: Cast) -> None:
    nudge = refer(movers, act="4 h")
    taken = acknowledge(movers, nudge, "first_mover")
    clock_to(taken.act_by)
    step()
    assert (told(nudge, "told"), owner(nudge)) == (["first.mover"], "second.mover")


# --- what they see


def test_a_stranger_finds_neither_the_nudge_nor_the_patient(movers: Cast) -> None:
    nudge = refer(movers)
    for name in ("stranger", "coordinator_elsewhere"):
        assert movers.personas[name].client().get(f"{V1}nudges/{nudge.pk}/").status_code == 404
        assert post(movers, nudge, name, "acknowledge").status_code == 404
    assert listed(movers, "stranger", "nudges/") == []


def test_they_see_this_nudge_and_no_other_of_the_patient_nor_the_patient(movers: Cast) -> None:
    other = ask(movers, "rheumatology", key="another")
    nudge = refer(movers)
    client = movers.first_mover.client()
    assert listed(movers, "first_mover", "nudges/") == [str(nudge.pk)]
    assert client.get(V1 + "nudges/count/").json() == {"count": 1}
    assert listed(movers, "first_mover", f"nudges/?patient={movers.patient.pk}") == [str(nudge.pk)]
    assert client.get(f"{V1}nudges/{other.pk}/").status_code == 404
    assert client.get(f"{V1}patients/{movers.patient.pk}/").status_code == 404
    assert listed(movers, "first_mover", "patients/") == listed(movers, "first_mover", "observations/") == []
    silent(client.get(f"{V1}nudges/{nudge.pk}/").content.decode())


def test_a_token_that_may_not_read_patients_shows_no_nudge(movers: Cast) -> None:
    refer(movers)
    movers.first_mover.secret = token_for(movers.first_mover.who, [Permission.NUDGES_ANSWER.value])
    assert listed(movers, "first_mover", "inbox/") == listed(movers, "first_mover", "notices/") == []


def test_what_people_typed_is_shown_to_who_sees_the_patient_and_to_its_author(movers: Cast) -> None:
    nudge = refer(movers)
    decline(movers, nudge, "first_mover", "We are full")
    hand_over(movers, nudge, "coordinator", "second_mover", "It is Mrs Albers of room twelve")

    def reasons(name: str) -> list[str]:
        shown = movers.personas[name].client().get(f"{V1}nudges/{nudge.pk}/").json()
        return [one["reason"] for one in shown["responses"]]

    assert reasons("coordinator") == ["We are full", "It is Mrs Albers of room twelve"]
    assert reasons("first_mover") == ["We are full", ""]
    taken = post(movers, nudge, "second_mover", "acknowledge")
    assert [one["reason"] for one in taken.json()["responses"]] == ["", "", ""]


def test_the_inbox_shows_it_without_the_name(movers: Cast) -> None:
    nudge = refer(movers)
    client = browser(movers.first_mover)
    waiting = silent(page(client, "/inbox/"))
    assert "Something to look at" in waiting
    assert HIDDEN in waiting
    acknowledge(movers, nudge, "first_mover")
    has = silent(page(client, "/inbox/"))
    assert "Something to look at" in has.split("You have these", 1)[1]


def test_a_notice_in_the_inbox_is_without_the_name_and_can_be_read(movers: Cast) -> None:
    nudge = refer(movers)
    decline(movers, nudge, "first_mover")
    settle(movers, nudge, "coordinator")
    client = browser(movers.first_mover)
    shown = silent(page(client, "/inbox/"))
    assert HIDDEN in shown.split("For your information", 1)[1]
    assert listed(movers, "first_mover", "notices/") == [str(nudge.pk)]
    send_form(client, "/inbox/", notice="all")
    assert "Nothing new." in page(client, "/inbox/")


def test_in_one_inbox_only_those_are_named_whom_one_sees(movers: Cast) -> None:
    """The stranger sees Zander and is an addressee of a nudge about Albers."""
    movers.stranger.who.email = address("stranger")
    movers.stranger.who.save(update_fields=["email"])
    refer(movers, addressees=["stranger"])
    movers.patient = movers.other_patient
    ask(movers, "physiotherapy")
    shown = silent(page(browser(movers.stranger), "/inbox/"))
    assert "Zander" in shown
    assert shown.count(HIDDEN) == 1


def test_more_rows_in_the_inbox_cost_no_more_queries(movers: Cast) -> None:
    client = browser(movers.first_mover)

    def cost() -> int:
        client.get("/inbox/")
        with counted() as count:
            page(client, "/inbox/")
        return count()

    settle(movers, refer(movers, key="a notice"), "coordinator")
    refer(movers, key="one")
    few = cost()
    for key in ("two", "three", "four"):
        refer(movers, key=key)
        settle(movers, refer(movers, key=f"a notice {key}"), "coordinator")
    assert page(client, "/inbox/").count(HIDDEN) == 8
    assert cost() == few


def test_who_sees_the_patient_still_reads_the_name_in_the_inbox(house: Cast) -> None:
    ask(house, "rheumatology", informs=["slt"])
    for persona in (house.rheumatologist, house.covering):
        shown = page(browser(persona), "/inbox/")
        assert "Albers" in shown
        assert HIDDEN not in shown


def test_the_admin_which_names_patients_shows_it_only_to_who_sees_the_patient(movers: Cast) -> None:
    nudge = refer(movers, addressees=["coordinator_elsewhere"])
    assert movers.coordinator_elsewhere.client().get(f"{V1}nudges/{nudge.pk}/").status_code == 200
    here, elsewhere = browser(movers.coordinator), browser(movers.coordinator_elsewhere)
    assert "Albers" in page(here, "/admin/nudges/nudge/")
    assert "Something to look at" not in silent(page(elsewhere, "/admin/nudges/nudge/"))
    assert "Albers" not in elsewhere.get(f"/admin/nudges/nudge/{nudge.pk}/change/", follow=True).content.decode()


def test_they_acknowledge_on_a_page(movers: Cast) -> None:
    nudge = refer(movers)
    by = movers.first_mover.actor
    taken = nudges.acknowledge(nudge=nudge, by=by, at=app_now(), via=Response.Via.WEB)
    assert (taken.owner, Response.objects.get(nudge=nudge).via) == (movers.first_mover.who, "web")
    assert "You have these" in page(browser(movers.first_mover), "/inbox/")
