"""The thread as a coordinator and clinical governance meet it: in the admin."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.permissions import Role
from apps.common.clock import app_now
from apps.common.models import Heartbeat
from apps.escalation.models import CriterionVersion, Escalation
from apps.knowledge.models import Concept, Instrument
from apps.observations.models import Condition, Observation
from tests.access.exchanges import drafted
from tests.cast import Cast
from tests.thread.conftest import Postbox, work
from tests.thread.governance import sign_everything


def browser(cast: Cast, name: str) -> Client:
    client = Client()
    client.force_login(cast.personas[name].who)
    return client


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


@pytest.fixture(autouse=True)
def _engine_runs(db: None) -> None:
    Heartbeat.objects.create(name="dispatcher", at=app_now())


def test_a_dysphagia_recorded_in_the_admin_asks_speech_therapy_and_every_step_stands_on_the_page(
    house: Cast, postbox: Postbox
) -> None:
    admin = browser(house, "coordinator")
    form = {
        "patient": house.patient.pk, "concept": Concept.objects.get(code="dysphagia").pk, "severity": "moderate",
        "effective_at_0": "2026-11-20", "effective_at_1": "09:00", "icd10": "R13.12", "note": "",
    }  # fmt: skip
    made = admin.post(reverse("admin:observations_complication_add"), form)
    assert made.status_code == 302, made.content.decode()[:2000]
    assert Condition.objects.get().icd10 == "R13.12"
    work()
    assert postbox.to("covering@")
    matter = Escalation.objects.get()
    shown = page(admin, reverse("admin:escalation_escalation_change", args=[matter.pk]))
    assert "Covering was asked (Speech and language therapy)" in shown
    assert "E-mail to Covering left (asked)" in shown
    assert "Swallowing complication recorded" in page(admin, reverse("admin:escalation_escalation_changelist"))
    acted = admin.post(reverse("admin:escalation_escalation_act", args=[matter.pk]), {"words": "Rang the ward."})
    assert acted.status_code == 302
    assert "Rang the ward." in page(admin, reverse("admin:escalation_escalation_change", args=[matter.pk]))


def test_somebody_who_cannot_be_reached_stands_on_the_coordinators_page_with_whom_was_asked_instead(
    house: Cast, postbox: Postbox
) -> None:
    house.therapist.who.email = house.covering.who.email = ""
    for name in ("therapist", "covering"):
        house.personas[name].who.save(update_fields=["email"])
    body = {"patient": str(house.patient.pk), "code": "dysphagia", "effective_at": "2026-11-20T09:00:00Z"}
    assert house.therapist.client().post("/api/v1/complications/", body, format="json").status_code == 201
    work()
    shown = page(
        browser(house, "coordinator"),
        reverse("admin:escalation_escalation_change", args=[Escalation.objects.get().pk]),
    )
    assert "Speech and language therapy: Covering cannot be reached" in shown
    assert "Covering was asked" not in shown
    # Nobody else is of that discipline: the next of the ladder was asked in the same moment.
    assert postbox.to("coordinator@") or postbox.to("rheumatologist@")
    assert not postbox.to("covering@")


def test_a_value_typed_in_the_admin_is_kept_in_the_instruments_unit_and_a_wrong_one_is_named(house: Cast) -> None:
    admin, weight = browser(house, "coordinator"), Instrument.objects.get(code="weight")
    form = {
        "patient": house.patient.pk, "instrument": weight.pk, "value": "150", "unit": "[lb_av]",
        "effective_at_0": "2026-11-20", "effective_at_1": "09:00", "reference_high": "", "quality": "", "position": "",
        "conditions": "",
    }  # fmt: skip
    assert admin.post(reverse("admin:observations_observation_add"), form).status_code == 302
    row = Observation.objects.get()
    assert (row.unit, row.sent_value, row.sent_unit) == ("kg", "150", "[lb_av]")
    again = admin.post(reverse("admin:observations_observation_add"), {**form, "value": "heavy"})
    assert "Body weight is a number." in again.content.decode()
    again = admin.post(reverse("admin:observations_observation_add"), {**form, "unit": "L"})
    assert "cannot be converted to kg" in again.content.decode()
    assert Observation.objects.count() == 1


def test_a_coordinator_of_another_site_finds_none_of_it(house: Cast) -> None:
    house.therapist.client().post(
        "/api/v1/complications/",
        {"patient": str(house.patient.pk), "code": "dysphagia", "effective_at": "2026-11-20T09:00:00Z"}, format="json",
    )  # fmt: skip
    work()
    admin, matter = browser(house, "coordinator_elsewhere"), Escalation.objects.get()
    for model in ("escalation_escalation", "nudges_nudge", "observations_complication"):
        assert "Albers" not in page(admin, reverse(f"admin:{model}_changelist"))
    assert admin.get(reverse("admin:escalation_escalation_change", args=[matter.pk])).status_code == 302
    assert admin.get(reverse("admin:escalation_escalation_act", args=[matter.pk])).status_code == 404


def test_governance_signs_and_switches_on_and_the_red_banner_goes(cast: Cast) -> None:
    cast.person("governor", Role.GOVERNANCE)
    admin, url = browser(cast, "governor"), reverse("admin:escalation_criterionversion_changelist")
    assert "nobody would be nudged" in page(admin, url)
    assert "nobody would be nudged" in page(browser(cast, "coordinator"), "/admin/")
    drafted(cast)
    for version in CriterionVersion.objects.all():
        refused = admin.post(reverse("admin:escalation_criterionversion_sign", args=[version.pk]), {"waiver": ""})
        assert refused.status_code == 200
        sign = admin.post(reverse("admin:escalation_criterionversion_sign", args=[version.pk]), {"waiver": "read it"})
        assert sign.status_code == 302
        assert admin.post(reverse("admin:escalation_criterionversion_activate", args=[version.pk])).status_code == 302
    assert set(CriterionVersion.objects.values_list("state", flat=True)) == {"active"}
    assert "nobody would be nudged" not in page(admin, url)


def test_a_silent_engine_is_said_on_every_page_and_in_every_inbox(house: Cast) -> None:
    coordinator, therapist = browser(house, "coordinator"), browser(house, "therapist")
    assert "nobody is being nudged" not in page(coordinator, "/admin/")
    assert "nobody is being nudged" not in page(therapist, "/inbox/")
    Heartbeat.objects.update(at=app_now() - timedelta(minutes=1))
    assert "nobody is being nudged" in page(coordinator, "/admin/")
    assert "nobody is being nudged" in page(therapist, "/inbox/")
    ready = Client().get("/health/ready")
    assert ready.status_code == 503
    assert "nobody is being nudged" in ready.json()["checks"]["dispatcher"]


def test_a_coordinator_signs_nothing(cast: Cast) -> None:
    cast.person("governor", Role.GOVERNANCE)
    sign_everything(cast.governor.actor)
    version = CriterionVersion.objects.first()
    assert version is not None
    answer = browser(cast, "coordinator").post(reverse("admin:escalation_criterionversion_retire", args=[version.pk]))
    assert answer.status_code == 403


def test_what_cannot_be_judged_and_how_old_the_newest_fact_is_stand_on_a_page(house: Cast) -> None:
    body = {"patient": str(house.patient.pk), "code": "wet_voice", "effective_at": "2026-11-20T09:00:00Z"}
    assert house.therapist.client().post("/api/v1/findings/", body, format="json").status_code == 201
    work()
    admin = browser(house, "coordinator")
    listed = page(admin, reverse("admin:escalation_watch_changelist"))
    assert "LU-01, LU-02" in listed
    assert "SW-01" in listed
    watch = page(admin, reverse("admin:escalation_watch_change", args=[house.patient.watch.pk]))
    assert "20 November 2026, 10:00" in watch
    assert "<strong>SW-01</strong> Positive swallow screen" in watch
    assert "missing: Eating Assessment Tool, 10 items" in watch
    elsewhere = browser(house, "coordinator_elsewhere")
    assert "Albers" not in page(elsewhere, reverse("admin:escalation_watch_changelist"))
