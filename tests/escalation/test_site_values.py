"""A site's own number in place of a criterion's: proposed by one clinician, signed by another, for that site only."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from apps.accounts.permissions import Role
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.escalation import queues
from apps.escalation.models import SiteValue, Watch
from apps.patients.models import Patient
from tests.cast import Cast
from tests.escalation.governing import another, browser, do, drafted, fields, page, stricter, version, with_governance
from tests.escalation.house import NOBODYS, codes, screen
from tests.observations.house import API, get, send
from tests.thread.conftest import Postbox, work

PATH = "criterion-site-values/"


@pytest.fixture
def governed(cast: Cast, postbox: Postbox) -> Cast:
    """SW-01 is on; two clinicians of governance at the first site, one at the other."""
    with_governance(cast)
    cast.person("governor_elsewhere", Role.GOVERNANCE, site=cast.elsewhere)
    row = version("SW-01")
    assert do(cast, "sign", row, waiver="for a test").status_code == 200
    assert do(cast, "activate", row).status_code == 200
    return cast


def propose(cast: Cast, value: str = "5", *, who: str = "governor", **more: Any) -> Any:
    body = {
        "criterion": "SW-01", "site": str(cast.site.pk), "name": "positive", "value": value, "reason": "Agreed here.", **more,
    }  # fmt: skip
    return send(cast, PATH, body, who=who)


def proposed(cast: Cast, value: str = "5", **more: Any) -> SiteValue:
    answer = propose(cast, value, **more)
    assert answer.status_code == 201, answer.content
    return SiteValue.objects.get(pk=answer.json()["id"])


def move(cast: Cast, verb: str, row: SiteValue, *, who: str = "second_governor") -> int:
    answer = send(cast, f"{PATH}{row.pk}/{verb}/", {}, who=who)
    row.refresh_from_db()
    return int(answer.status_code)


def test_a_number_that_somebody_else_signed_holds_at_its_site_from_the_next_look_on(governed: Cast) -> None:
    screen(governed, 4)
    work()
    assert codes() == ["SW-01"]
    send(governed, f"escalations/{_open(governed)}/close/", {"reason": "seen"})
    assert move(governed, "sign", proposed(governed, "5")) == 200
    screen(governed, 4)
    work()
    assert codes() == []
    screen(governed, 5)
    work()
    assert codes() == ["SW-01"]


def _open(cast: Cast) -> str:
    rows = get(cast, f"escalations/?patient={cast.patient.pk}&state=open").json()["results"]
    return str(rows[0]["id"])


def test_a_number_that_is_only_proposed_changes_nothing(governed: Cast) -> None:
    row = proposed(governed, "9")
    assert (row.state, row.proposed_by, row.signed_by) == ("proposed", governed.governor.user, None)
    screen(governed, 4)
    work()
    assert codes() == ["SW-01"]


def test_a_number_of_one_site_changes_nothing_at_another(governed: Cast) -> None:
    row = proposed(governed, "9", who="governor_elsewhere", site=str(governed.elsewhere.pk))
    governed.person("second_elsewhere", Role.GOVERNANCE, site=governed.elsewhere)
    assert move(governed, "sign", row, who="second_elsewhere") == 200
    screen(governed, 4)
    work()
    assert codes() == ["SW-01"]


def test_nobody_signs_what_they_proposed(governed: Cast) -> None:
    row = proposed(governed)
    assert move(governed, "sign", row, who="governor") == 403
    assert (row.state, row.signed_by) == ("proposed", None)
    with pytest.raises(IntegrityError, match="nobody_signs_their_own_value"), transaction.atomic():
        SiteValue.objects.filter(pk=row.pk).update(state="signed", signed_by=row.proposed_by, signed_at=app_now())
    assert move(governed, "sign", row) == 200
    assert (row.state, row.signed_by) == ("signed", governed.second_governor.user)


def test_what_is_signed_takes_the_place_of_what_was(governed: Cast) -> None:
    first = proposed(governed, "5")
    assert move(governed, "sign", first) == 200
    second = proposed(governed, "6")
    assert first.state == "signed"
    assert move(governed, "sign", second) == 200
    first.refresh_from_db()
    assert (first.state, first.ended_by, second.state) == ("ended", governed.second_governor.user, "signed")
    assert first.ended_at == second.signed_at
    assert move(governed, "sign", second, who="governor") == 409


def test_one_number_at_a_time_is_proposed(governed: Cast) -> None:
    first = proposed(governed, "5")
    assert propose(governed, "6", who="second_governor").status_code == 409
    assert move(governed, "end", first, who="governor") == 200
    assert (first.state, first.signed_by) == ("ended", None)
    assert propose(governed, "6", who="second_governor").status_code == 201
    assert move(governed, "sign", first) == 409
    assert move(governed, "end", first) == 409


def test_an_end_lets_the_criterions_own_number_hold_again(governed: Cast) -> None:
    row = proposed(governed, "9")
    assert move(governed, "sign", row) == 200
    screen(governed, 4)
    work()
    assert codes() == []
    assert move(governed, "end", row) == 200
    work()
    assert codes() == ["SW-01"]


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"name": "negative"}, 422, "name"),
        ({"value": "many"}, 422, "value"),
        ({"value": "NaN"}, 422, "value"),
        ({"value": "1e999"}, 422, "value"),
        ({"value": "3.00001"}, 422, "value"),
        ({"value": ""}, 400, "value"),
        ({"reason": ""}, 400, "reason"),
        ({"reason": "one\ntwo"}, 422, "reason"),
        ({"criterion": "XX-99"}, 400, "criterion"),
        ({"criterion": {"code": "SW-01"}}, 400, "criterion"),
        ({"site": NOBODYS}, 400, "site"),
        ({"site": "linden"}, 400, "site"),
        ({"unit": "{score}"}, 400, "unit"),
    ],
)
def test_what_does_not_fit_is_refused_by_field(
    governed: Cast, changes: dict[str, Any], status: int, field: str
) -> None:
    answer = propose(governed, **changes)
    assert (answer.status_code, fields(answer)) == (status, [field]), answer.content
    assert not SiteValue.objects.exists()


@pytest.mark.parametrize("value", ["7.5", "0", "-7", "10000"])
def test_a_number_that_is_a_window_stays_one(governed: Cast, value: str) -> None:
    answer = propose(governed, value, criterion="SW-02", name="test_window")
    assert (answer.status_code, fields(answer)) == (422, ["value"]), answer.content
    assert propose(governed, "14", criterion="SW-02", name="test_window").status_code == 201


def test_a_number_has_to_fit_the_version_that_is_on_and_the_newest_one(governed: Cast) -> None:
    window = {"value": "28", "unit": "d", "citation": "LP", "mark": "LP"}
    another(
        governed, when="latest(eat10) >= p.positive && missing(slt_assessment, p.window)",
        parameters={**stricter(value="3"), "window": window},
    )  # fmt: skip
    assert propose(governed, "14", name="window").status_code == 201
    assert propose(governed, "2.5", name="window", who="second_governor").status_code == 422


def test_a_number_whose_parameter_went_meanwhile_is_not_signed(governed: Cast) -> None:
    row = proposed(governed)
    second = drafted(
        governed,
        who="second_governor",
        based_on=str(version("SW-01").pk),
        when='complication("dysphagia")',
        parameters={},
    )
    assert do(governed, "sign", second, waiver="for a test").status_code == 200
    assert do(governed, "activate", second).status_code == 200
    assert move(governed, "sign", row) == 422
    assert row.state == "proposed"


def test_governance_sets_numbers_of_its_own_site_only(governed: Cast) -> None:
    other = propose(governed, site=str(governed.elsewhere.pk))
    nowhere = propose(governed, site=NOBODYS)
    assert (other.status_code, fields(other)) == (nowhere.status_code, fields(nowhere)) == (400, ["site"])
    row = proposed(governed)
    assert move(governed, "sign", row, who="governor_elsewhere") == 403
    assert move(governed, "end", row, who="governor_elsewhere") == 403
    assert row.state == "proposed"


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("coordinator", 403), ("rheumatologist", 403), ("administrator", 403)]
)
def test_only_clinical_governance_does_any_of_it(governed: Cast, who: str, status: int) -> None:
    row = proposed(governed)
    assert propose(governed, who=who).status_code == status
    assert move(governed, "sign", row, who=who) == status
    assert move(governed, "end", row, who=who) == status
    assert SiteValue.objects.count() == 1


def test_whoever_read_an_older_state_is_asked_to_read_again(governed: Cast) -> None:
    row = proposed(governed)
    client = governed.second_governor.client()
    tag = client.get(f"{API}{PATH}{row.pk}/")["ETag"]
    SiteValue.objects.filter(pk=row.pk).update(version=2)
    stale = client.post(f"{API}{PATH}{row.pk}/sign/", {}, format="json", headers={"If-Match": tag})
    assert stale.status_code == 412


def test_every_step_stands_in_the_record_with_its_site(governed: Cast) -> None:
    row = proposed(governed)
    move(governed, "sign", row)
    move(governed, "end", row, who="governor")
    events = AuditEvent.objects.filter(subject_id=row.pk).order_by("at", "id")
    assert [(event.verb, event.site_id) for event in events] == [
        (f"escalation.{verb}_site_value", governed.site.pk) for verb in ("propose", "sign", "end")
    ]


# Who is looked at because of it.


def _settled(cast: Cast) -> Patient:
    """A patient at each of two sites, neither of them due."""
    there = cast.patient_of("Faraway", site=cast.elsewhere, is_another_person=True)
    queues.plant()
    work()
    Watch.objects.update(due_at="2100-01-01T00:00:00Z", cause=Watch.Cause.CLOCK)
    return there


def _due(patient: Patient) -> bool:
    return Watch.objects.filter(patient=patient, due_at__lte=app_now(), cause=Watch.Cause.CLOCK).exists()


def test_signing_and_ending_let_the_sites_patients_be_looked_at_and_nobody_else(governed: Cast) -> None:
    there, row = _settled(governed), proposed(governed)
    assert not _due(governed.patient)
    for verb in ("sign", "end"):
        seq = Watch.objects.get(patient=governed.patient).seq
        assert move(governed, verb, row) == 200
        assert _due(governed.patient)
        assert _due(governed.other_patient)
        assert not _due(there)
        assert Watch.objects.get(patient=governed.patient).seq == seq + 1
        work()
        assert not _due(governed.patient)


def test_switching_on_and_off_let_everybody_in_care_be_looked_at(governed: Cast) -> None:
    there = _settled(governed)
    Patient.objects.filter(pk=governed.other_patient.pk).update(status="left", status_at=app_now())
    assert do(governed, "retire", version("SW-01")).status_code == 200
    assert [_due(row) for row in (governed.patient, there, governed.other_patient)] == [True, True, False]
    work()
    row = version("LU-00")
    assert do(governed, "sign", row, waiver="for a test").status_code == 200
    assert not _due(governed.patient)
    assert do(governed, "activate", row).status_code == 200
    assert _due(governed.patient)


def test_a_fact_that_waits_keeps_its_place_before_what_the_clock_brings(governed: Cast) -> None:
    _settled(governed)
    screen(governed, 1)
    watch = Watch.objects.get(patient=governed.patient)
    assert do(governed, "retire", version("SW-01")).status_code == 200
    after = Watch.objects.get(pk=watch.pk)
    assert (after.cause, after.due_at, after.seq) == (Watch.Cause.FACT, watch.due_at, watch.seq + 1)


def test_letting_everybody_be_looked_at_is_one_statement(governed: Cast) -> None:
    for name in ("Adams", "Brown", "Clark"):
        governed.patient_of(name, is_another_person=True)
    queues.plant()
    work()
    row = proposed(governed)
    said: list[str] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        assert move(governed, "sign", row) == 200
    assert len([sql for sql in said if "escalation_watch" in sql]) == 1


# In the admin.


def at(name: str, *args: Any) -> str:
    return f"/admin/escalation/sitevalue/{'/'.join([*map(str, args), name]) if args else name}/"


def typed(cast: Cast, **more: Any) -> dict[str, Any]:
    row = version("SW-01")
    return {
        "criterion": row.criterion_id, "site": cast.site.pk, "name": "positive", "value": "5", "reason": "Agreed here.",
        "citation": "LP", **more,
    }  # fmt: skip


def verb(client: Client, name: str, row: SiteValue) -> int:
    code = client.post(at(name, row.pk), {"version": row.version}).status_code
    row.refresh_from_db()
    return code


def test_a_number_is_proposed_signed_and_ended_in_the_admin(governed: Cast) -> None:
    admin, second = browser(governed), browser(governed, "second_governor")
    assert admin.post(at("add"), typed(governed)).status_code == 302
    row = SiteValue.objects.get()
    assert (row.value, row.citation, row.proposed_by) == ("5", "LP", governed.governor.user)
    shown = page(admin, f"/admin/escalation/criterionversion/{version('SW-01').pk}/change/")
    assert "Linden: 5" in shown
    assert "(proposed)" in shown
    assert verb(admin, "sign", row) == 200
    assert row.state == "proposed"
    assert verb(second, "sign", row) == 302
    assert row.state == "signed"
    assert verb(admin, "end", row) == 302
    assert row.state == "ended"
    assert "Linden: 5" not in page(admin, f"/admin/escalation/criterionversion/{version('SW-01').pk}/change/")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": "negative"}, "has no parameter"),
        ({"value": "many"}, "is no number"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_what_does_not_fit_stands_beside_its_field(governed: Cast, more: dict[str, str], words: str) -> None:
    again = browser(governed).post(at("add"), typed(governed, **more))
    assert again.status_code == 200
    assert words in again.content.decode()
    assert not SiteValue.objects.exists()


def test_another_site_is_not_offered_and_naming_it_is_refused(governed: Cast) -> None:
    admin = browser(governed)
    form = page(admin, at("add"))
    assert "Linden" in form
    assert "Harbour" not in form
    assert admin.post(at("add"), typed(governed, site=governed.elsewhere.pk)).status_code == 200
    assert not SiteValue.objects.exists()


def test_the_way_from_a_number_to_ones_own_fills_in_which_it_is(governed: Cast) -> None:
    row, admin = version("SW-01"), browser(governed)
    way = f"/admin/escalation/sitevalue/add/?criterion={row.criterion_id}&amp;name=positive"
    assert way in page(admin, f"/admin/escalation/criterionversion/{row.pk}/change/")
    assert 'value="positive"' in page(admin, way.replace("&amp;", "&"))


def test_whoever_only_reads_finds_no_way_to_propose(governed: Cast) -> None:
    row, admin = proposed(governed), browser(governed, "coordinator")
    assert "Agreed here." in page(admin, at("change", row.pk))
    assert admin.get(at("add")).status_code == 403
    assert verb(admin, "sign", row) == 403
    assert row.state == "proposed"
