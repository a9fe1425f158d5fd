"""What a hospital says differently, and its own rows: what may be said, by whom, and that an upgrade loses none of it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from apps.accounts.actors import Actor
from apps.audit.models import AuditEvent
from apps.common.clock import app_now
from apps.common.refusals import Conflict, Forbidden, Invalid, Refused, Stale
from apps.knowledge import operations
from apps.knowledge.loading import BadFixture
from apps.knowledge.models import DoseGuidance, Medicine, MonitoringSchedule, Override, Prerequisite
from tests.cast import Cast
from tests.knowledge.house import SMALL, load_from, small, with_


@pytest.fixture
def by(cast: Cast, tmp_path: Path) -> Actor:
    """The administrator, of a hospital with the small edition."""
    load_from(small(tmp_path / "e"))
    return cast.administrator.actor


def say(by: Actor, kind: str = "doseguidance", code: str = "alpha_s9", **given: Any) -> Override:
    return operations.override(by=by, at=app_now(), kind=kind, code=code, **{"reason": "ours", **given})


def add(by: Actor, kind: str, code: str, **values: Any) -> Any:
    return operations.add_local(by=by, at=app_now(), kind=kind, code=code, values=values)


def refused(as_: type[Refused], function: Any, /, *args: Any, **given: Any) -> dict[str, str]:
    with pytest.raises(as_) as caught:
        function(*args, **given)
    return caught.value.errors


# Own values


def test_own_values_stand_beside_the_shipped_row_which_stays_as_it_is(by: Actor) -> None:
    own = say(by, values={"low": "0.5", "high": 1})
    assert (own.values, own.hidden, own.set_by_id, own.version) == ({"low": "0.5"}, False, by.user_id, 1)
    assert DoseGuidance.objects.get(code="alpha_s9").low == Decimal("0.75")
    event = AuditEvent.objects.get(verb="knowledge.override")
    assert event.subject_id == own.pk
    assert event.changes["reason"] == "withheld"
    assert "0.5" in str(event.changes["values"])


def test_setting_them_again_replaces_them(by: Actor) -> None:
    first = say(by, values={"low": "0.5"})
    second = say(by, values={"high": 2}, version=first.version)
    assert (second.pk, second.values, second.version) == (first.pk, {"high": "2"}, 2)
    assert refused(Stale, say, by, values={"low": 0}, version=1) == {}
    assert refused(Stale, say, by, code="alpha_s9", kind="doseguidance", values={"low": 0}, version=7) == {}


def test_own_values_that_nobody_has_read_are_not_replaced(by: Actor) -> None:
    say(by, values={"low": "0.5"})
    refused(Conflict, say, by, values={"high": 2})
    assert Override.objects.get().values == {"low": "0.5"}


def test_a_version_of_own_values_that_are_gone_is_stale(by: Actor) -> None:
    own = say(by, values={"low": "0.5"})
    operations.drop_override_of(override=own, by=by, at=app_now(), version=1)
    assert not Override.objects.exists()
    assert refused(Stale, say, by, values={"low": "0.5"}, version=1) == {}


def test_some_can_be_changed_and_the_rest_stays(by: Actor) -> None:
    own = say(by, values={"low": "0.5"})
    changed = operations.change_override(override=own, by=by, at=app_now(), version=1, hidden=True)
    assert (changed.values, changed.hidden, changed.reason, changed.version) == ({"low": "0.5"}, True, "ours", 2)
    refused(Stale, operations.change_override, override=own, by=by, at=app_now(), version=1, hidden=False)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "source", "values": {"citation": "x"}}, "kind"),
        ({"kind": "pathway", "code": "ladder", "hidden": True}, "kind"),
        ({"code": "gamma", "hidden": True}, "code"),
        ({}, "values"),
        ({"values": {}}, "values"),
        ({"values": {"low": "0.750"}}, "values"),
        ({"values": {"lowest": 1}}, "values.lowest"),
        ({"values": {"code": "other"}}, "values.code"),
        ({"values": {"statements": []}}, "values.statements"),
        ({"values": {"sources": []}}, "values.sources"),
        ({"values": {"mark": "V"}}, "values.mark"),
        ({"values": {"medicine": "beta"}}, "values.medicine"),
        ({"values": {"origin": "local"}}, "values.origin"),
        ({"values": {"low": 0.5}}, "values.low"),
        ({"values": {"low": True}}, "values.low"),
        ({"values": {"low": "1e30"}}, "values.low"),
        ({"values": {"low": "1.5"}}, "values.high"),
        ({"values": {"low": "-1"}}, "values.low"),
        ({"values": {"unit": None}}, "values.unit"),
        ({"values": {"unit": "x" * 21}}, "values.unit"),
        ({"values": {"basis": "month"}}, "values.basis"),
        ({"values": {"line": ["first"]}}, "values.line"),
        ({"kind": "monitoringschedule", "code": "alpha_monthly", "values": {"phases": []}}, "values.phases"),
        ({"kind": "panel", "code": "bloods", "values": {"measures": ["mood"]}}, "values.measures"),
        ({"kind": "panel", "code": "bloods", "values": {"measures": []}}, "values.measures"),
        ({"kind": "pathwaystep", "code": "ladder_one", "values": {"ordinal": 9}}, "values.ordinal"),
        (
            {"kind": "pathwaystep", "code": "ladder_one", "values": {"options": [{"code": "a", "name": "A"}]}},
            "values.options",
        ),
        ({"kind": "medicine", "code": "alpha", "values": {"clashes_with": ["gamma"]}}, "values.clashes_with"),
        ({"kind": "referralreason", "code": "lost_strength", "values": {"target": "5 weeks"}}, "values.target"),
        ({"kind": "referralreason", "code": "lost_strength", "values": {"urgency": "asap"}}, "values.urgency"),
        ({"kind": "referralreason", "code": "lost_strength", "values": {"question": ""}}, "values.question"),
        (
            {"kind": "referralreason", "code": "lost_strength", "values": {"from_disciplines": ["astrology"]}},
            "values.from_disciplines",
        ),
        *(
            ({"kind": "referralreason", "code": "lost_strength", "values": {name: value}}, f"values.{name}")
            for name, value in (
                ("to", "dermatology"),
                ("name", "x"),
                ("target_means", "x"),
                ("criteria", []),
                ("panels", []),
                ("note", "x"),
            )
        ),
        ({"values": {"low": "0.5"}, "reason": ""}, "reason"),
    ],
)
def test_what_breaks_a_rule_is_refused_by_its_name(by: Actor, given: dict[str, Any], field: str) -> None:
    assert field in refused(Invalid, say, by, **given)
    assert not Override.objects.exists()
    assert not AuditEvent.objects.filter(verb="knowledge.override").exists()


def test_every_wrong_value_is_named_at_once(by: Actor) -> None:
    assert set(refused(Invalid, say, by, values={"low": "a", "lowest": 1, "high": 2})) == {
        "values.low",
        "values.lowest",
    }


@pytest.mark.parametrize(
    ("kind", "code", "values"),
    [
        ("medicine", "alpha", {"name": "Alpha forte", "prednisone_factor": "1.25"}),
        ("doseguidance", "alpha_s9", {"cap_high": None, "cap_unit": ""}),
        ("prerequisite", "alpha_bloods", {"max_age_days": None}),
        ("monitoringschedule", "alpha_monthly", {"phases": [{"from_day": 0, "every_days": None}]}),
        ("responsewindow", "alpha_window", {"review_after_weeks": 8}),
        ("panel", "bloods", {"measures": ["ck"]}),
        ("pathwaystep", "ladder_one", {"enter_when": "Later."}),
        ("intervention", "walking", {"detail": "Slowly."}),
        ("therapygoal", "strength", {"measures": []}),
        (
            "referralreason",
            "lost_strength",
            {"urgency": "stat", "target": "same day", "question": "?", "from_disciplines": []},
        ),
    ],
)
def test_every_kind_that_can_differ_does(by: Actor, kind: str, code: str, values: dict[str, Any]) -> None:
    own = say(by, kind, code, values=values)
    assert own.values == values
    assert say(by, kind, code, hidden=True, version=own.version).hidden is True


def test_only_administrators_say_something_else(by: Actor, cast: Cast) -> None:
    own = say(by, values={"low": "0.5"})
    for actor in (cast.coordinator.actor, cast.rheumatologist.actor, cast.service.actor):
        refused(Forbidden, say, actor, values={"low": 0})
        refused(Forbidden, operations.drop_override_of, override=own, by=actor, at=app_now())
        refused(Forbidden, operations.change_override, override=own, by=actor, at=app_now(), hidden=True)
        refused(Forbidden, add, actor, "medicine", "own", name="Own", klass="other")


def test_what_was_retired_and_what_is_ones_own_has_no_own_values(by: Actor, tmp_path: Path) -> None:
    add(by, "medicine", "own", name="Own", klass="other")
    refused(Conflict, say, by, "medicine", "own", hidden=True)
    load_from(small(tmp_path / "f", goals="[]\n"))
    refused(Conflict, say, by, "therapygoal", "strength", hidden=True)


def test_a_failing_audit_takes_the_own_values_with_it(by: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the record is full")

    monkeypatch.setattr("apps.audit.operations.record", fail)
    with pytest.raises(RuntimeError):
        say(by, values={"low": "0.5"})
    with pytest.raises(RuntimeError):
        add(by, "medicine", "own", name="Own", klass="other")
    assert not Override.objects.exists()
    assert not Medicine.objects.filter(code="own").exists()


# Own rows

REASON: dict[str, Any] = {
    "name": "Rash",
    "urgency": "routine",
    "target": "14 d",
    "target_means": "seen",
    "question": "Why?",
}


def test_an_own_row_is_local_policy_unless_it_says_otherwise(by: Actor) -> None:
    medicine = add(by, "medicine", "own", name="Own", klass="other")
    assert (medicine.origin, medicine.mark, medicine.sources, medicine.edition) == ("local", "LP", ["LP"], None)
    dose = add(
        by, "doseguidance", "own_dose", medicine="own", basis="day", low="2.5", high=5, unit="mg", mark="S",
        statements=["S9-01"],
    )  # fmt: skip
    assert (dose.medicine, dose.low, dose.mark, dose.sources) == (medicine, Decimal("2.5"), "S", [])
    event = AuditEvent.objects.get(verb="knowledge.add_local", subject_id=medicine.pk)
    assert event.changes["code"] == [None, "own"]


def test_every_kind_that_can_be_ones_own_is(by: Actor) -> None:
    add(by, "prerequisite", "p", medicine="alpha", panel="bloods", max_age_days=7)
    add(by, "monitoringschedule", "s", reason="everybody", panel="bloods", phases=[{"from_day": 0, "every_days": 90}])
    add(by, "intervention", "i", name="Music", disciplines=["rheumatology"], attended=True)
    add(by, "therapygoal", "g", name="Singing", measures=["ck"])
    add(by, "referralreason", "r", to="dermatology", **REASON)
    assert Prerequisite.objects.get(code="p").panel == Prerequisite.objects.get(code="alpha_bloods").panel
    assert MonitoringSchedule.objects.get(code="s").origin == "local"


@pytest.mark.parametrize(
    ("kind", "code", "values", "field"),
    [
        ("panel", "own", {"name": "Own"}, "kind"),
        ("medicine", "alpha", {"name": "Own", "klass": "other"}, "code"),
        ("medicine", "Own one", {"name": "Own", "klass": "other"}, "code"),
        ("medicine", "own", {"name": "Own"}, "values.klass"),
        ("medicine", "own", {"name": "Own", "klass": "herb"}, "values.klass"),
        ("medicine", "own", {"name": "Own", "klass": "other", "origin": "shipped"}, "values.origin"),
        ("medicine", "own", {"name": "Own", "klass": "other", "sources": ["P-TEN"]}, "values.sources"),
        ("medicine", "own", {"name": "Own", "klass": "other", "statements": ["S9-99"]}, "values.statements"),
        ("doseguidance", "own", {"basis": "day", "low": 1, "unit": "mg"}, "values.medicine"),
        ("doseguidance", "own", {"medicine": "gamma", "basis": "day", "low": 1, "unit": "mg"}, "values.medicine"),
        ("doseguidance", "own", {"medicine": "alpha", "basis": "day", "unit": "mg"}, "values.low"),
        ("prerequisite", "own", {"medicine": "alpha"}, "values.panel"),
        ("monitoringschedule", "own", {"reason": "klass", "panel": "bloods", "phases": []}, "values.phases"),
        ("referralreason", "own", REASON, "values.to"),
        ("referralreason", "own", REASON | {"to": "astrology"}, "values.to"),
        ("referralreason", "own", REASON | {"to": "dermatology", "target": "soon"}, "values.target"),
        ("referralreason", "own", REASON | {"to": "dermatology", "criteria": ["SW"]}, "values.criteria"),
        ("referralreason", "own", REASON | {"to": "dermatology", "panels": ["tears"]}, "values.panels"),
    ],
)
def test_an_own_row_that_breaks_a_rule_is_refused_by_its_name(
    by: Actor, kind: str, code: str, values: dict[str, Any], field: str
) -> None:
    assert field in refused(Invalid, add, by, kind, code, **values)
    assert not AuditEvent.objects.filter(verb="knowledge.add_local").exists()


def test_an_own_row_is_changed_and_retired_and_a_shipped_one_is_not(by: Actor) -> None:
    add(by, "medicine", "own", name="Own", klass="other")
    named: dict[str, Any] = {"by": by, "at": app_now(), "kind": "medicine"}
    changed = operations.change_local(**named, code="own", values={"name": "Ours", "klass": "other"})
    assert changed.name == "Ours"
    assert AuditEvent.objects.get(verb="knowledge.change_local").changes == {"name": ["Own", "Ours"]}
    assert "values.klass" in refused(Invalid, operations.change_local, **named, code="own", values={"klass": "herb"})
    assert operations.retire_local(**named, code="own").retired is True
    refused(Conflict, operations.retire_local, **named, code="own")
    refused(Conflict, operations.change_local, **named, code="alpha", values={"name": "Ours"})
    refused(Conflict, operations.retire_local, **named, code="alpha")
    assert "code" in refused(Invalid, operations.retire_local, **named, code="gamma")


def test_an_own_row_that_somebody_changed_since_it_was_read_is_stale(by: Actor, cast: Cast) -> None:
    row = add(by, "doseguidance", "own_dose", medicine="alpha", basis="day", low="2.50", high=5, unit="mg")
    client, address = cast.administrator.client(), f"/api/v1/local-knowledge/{row.pk}/"
    read = client.get(address)
    mine = {"If-Match": read.headers["ETag"]}
    first = client.patch(address, {"values": {"low": "2"}}, format="json", headers=mine)
    assert (first.status_code, first.json()["values"]["low"]) == (200, "2")
    assert first.headers["ETag"] == client.get(address).headers["ETag"] != read.headers["ETag"]
    assert client.patch(address, {"values": {"low": "1"}}, format="json", headers=mine).status_code == 412
    assert client.post(f"{address}retire/", headers=mine).status_code == 412
    assert client.post(f"{address}retire/", headers={"If-Match": '"v1"'}).status_code == 412
    assert DoseGuidance.objects.get(pk=row.pk).low == 2
    assert client.post(f"{address}retire/", headers={"If-Match": first.headers["ETag"]}).status_code == 200


def test_an_own_row_gets_another_code_unless_something_names_it(by: Actor) -> None:
    add(by, "medicine", "own", name="Own", klass="other")
    named: dict[str, Any] = {"by": by, "at": app_now(), "kind": "medicine", "values": {}}
    assert "code" in refused(Invalid, operations.change_local, **named, code="own", rename_to="alpha")
    add(by, "medicine", "other_own", name="Other", klass="other", clashes_with=["own"])
    refused(Conflict, operations.change_local, **named, code="own", rename_to="ours")
    operations.change_local(**{**named, "values": {"clashes_with": []}}, code="other_own")
    assert operations.change_local(**named, code="own", rename_to="ours").code == "ours"


# Upgrades


def test_an_upgrade_loses_nothing_of_a_hospitals_own_and_says_what_to_look_at(by: Actor, tmp_path: Path) -> None:
    say(by, values={"low": "0.5"})
    say(by, "therapygoal", "strength", values={"name": "Force"})
    say(by, "responsewindow", "alpha_window", values={"review_after_weeks": 8})
    add(by, "medicine", "own", name="Own", klass="other")
    add(by, "prerequisite", "own_bloods", medicine="own", panel="bloods")
    add(by, "doseguidance", "own_beta", medicine="beta", basis="day", low=1, unit="mg")
    before = list(Override.objects.values())
    changed = with_("dose_guidance", "high: 1\n", "high: 2\n") | {"goals": "[]\n"}
    changed |= {"medicines": SMALL["medicines.yaml"].partition("- code: beta")[0]}
    changed |= {"prerequisites": SMALL["prerequisites.yaml"].partition("- code: alpha_with_beta")[0]}
    changed |= {"pathways": "[]\n"}
    report = load_from(small(tmp_path / "f", **changed))
    assert report.own.values_of_changed == ["doseguidance alpha_s9"]
    assert report.own.values_of_retired == ["therapygoal strength"]
    assert report.own.rows_of_retired == ["doseguidance own_beta"]
    assert list(Override.objects.values()) == before
    assert set(Medicine.objects.filter(retired=False).values_list("code", flat=True)) == {"alpha", "own"}
    assert Prerequisite.objects.get(code="own_bloods").retired is False


def test_an_own_row_in_the_way_of_a_shipped_one_stops_the_upgrade_and_says_so(by: Actor, tmp_path: Path) -> None:
    add(by, "medicine", "gamma", name="Own", klass="other")
    named = with_("medicines", "code: beta", "code: gamma") | with_("prerequisites", "beside: beta", "beside: gamma")
    named |= with_("pathways", "[beta]", "[gamma]")
    folder = small(tmp_path / "f", **named)
    with pytest.raises(BadFixture, match=r"medicines\.yaml, line 7: gamma: the hospital's own medicine has this code"):
        load_from(folder)
    assert Medicine.objects.get(code="beta").retired is False
    rename: dict[str, Any] = {
        "by": by,
        "at": app_now(),
        "kind": "medicine",
        "code": "gamma",
        "values": {},
        "rename_to": "own_gamma",
    }
    operations.change_local(**rename)
    assert "medicine gamma" in load_from(folder).added


def test_the_command_names_what_is_to_be_looked_at(
    by: Actor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    say(by, values={"low": "0.5"})
    say(by, "therapygoal", "strength", values={"name": "Force"})
    changed = with_("dose_guidance", "high: 1\n", "high: 2\n") | {"goals": "[]\n"}
    call_command("load_knowledge", small(tmp_path / "f", **changed))
    told = capsys.readouterr().out
    assert (
        "doseguidance alpha_s9 changed, and this hospital has its own values for it, which still hold: look at it."
        in told
    )
    assert "therapygoal strength was retired, but this hospital has its own values for it: look at it." in told
