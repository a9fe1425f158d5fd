"""What the database itself refuses, whoever writes to it past the operations."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from apps.common.clock import app_now
from apps.escalation.models import CriterionVersion, Escalation, SiteValue, Trial
from apps.escalation.models.criteria import CONTENT
from tests.cast import Cast
from tests.escalation.governing import another, do, version, with_governance


@pytest.fixture
def governed(cast: Cast) -> Cast:
    return with_governance(cast)


def in_state(cast: Cast, state: str) -> CriterionVersion:
    """A wording that came to this state by the doors."""
    row = version("SW-01")
    steps = {
        "draft": [],
        "tested": [],
        "signed": ["sign"],
        "active": ["sign", "activate"],
        "retired": ["sign", "activate", "retire"],
    }
    for verb in steps[state]:
        assert do(cast, verb, row, **({"waiver": "for a test"} if verb == "sign" else {})).status_code == 200
    if state == "tested":
        CriterionVersion.objects.filter(pk=row.pk).update(state="tested")
        row.refresh_from_db()
    assert row.state == state
    return row


def open_by(cast: Cast, row: CriterionVersion) -> Escalation:
    return Escalation.objects.create(
        patient=cast.patient, criterion=row.criterion, criterion_version=row, severity="urgent", opened_at=app_now()
    )


@pytest.mark.parametrize("state", ["draft", "tested", "signed", "retired"])
def test_a_wording_that_is_not_switched_on_opens_nothing(governed: Cast, state: str) -> None:
    row = in_state(governed, state)
    with pytest.raises(IntegrityError, match="only an active version"), transaction.atomic():
        open_by(governed, row)
    with pytest.raises(IntegrityError, match="only an active version"), transaction.atomic():
        Escalation.objects.bulk_create(
            [
                Escalation(
                    patient=governed.patient, criterion=row.criterion, criterion_version=row, severity="urgent",
                    opened_at=app_now(),
                )
            ]
        )  # fmt: skip
    assert not Escalation.objects.exists()


def test_one_that_is_switched_on_does(governed: Cast) -> None:
    row = open_by(governed, in_state(governed, "active"))
    assert list(Escalation.objects.all()) == [row]


#: Another value for each field of a content.
OTHERWISE: dict[str, Any] = {
    "name": "Otherwise", "population": "juvenile", "key": "medicine", "when": "adult", "clears": "by_person",
    "severity": "routine", "variants": [{"when": "adult", "severity": "urgent"}], "asks": ["pulmonology"], "informs": [],
    "acknowledge_within": "3 wd", "act_within": "3 wd", "excludes": ["SW-00"], "advice": "Otherwise", "parameters": {},
    "citations": ["LP"], "origin": "policy",
}  # fmt: skip


def test_every_field_of_a_content_is_tried() -> None:
    assert set(OTHERWISE) == set(CONTENT)


@pytest.mark.parametrize("state", ["signed", "active", "retired"])
@pytest.mark.parametrize("name", [*CONTENT, "digest", "number", "author"])
def test_no_word_of_a_signed_text_changes(governed: Cast, state: str, name: str) -> None:
    row = in_state(governed, state)
    others = {"digest": "0" * 64, "number": 7, "author": governed.governor.user, **OTHERWISE}
    assert getattr(row, name) != others[name]
    with pytest.raises(IntegrityError, match="a signed version of a criterion does not change"), transaction.atomic():
        CriterionVersion.objects.filter(pk=row.pk).update(**{name: others[name]})


@pytest.mark.parametrize("state", ["draft", "tested"])
def test_what_nobody_signed_may_change(governed: Cast, state: str) -> None:
    row = in_state(governed, state)
    assert CriterionVersion.objects.filter(pk=row.pk).update(name="Otherwise") == 1


@pytest.mark.parametrize("state", ["draft", "tested", "retired"])
def test_what_is_not_signed_is_not_switched_on(governed: Cast, state: str) -> None:
    row = in_state(governed, state)
    with pytest.raises(IntegrityError), transaction.atomic():
        CriterionVersion.objects.filter(pk=row.pk).update(state="active")
    signed = {"signed_by": governed.governor.user, "signed_at": app_now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        CriterionVersion.objects.filter(pk=row.pk).update(state="active", **signed)


@pytest.mark.parametrize("state", ["draft", "tested"])
def test_a_signature_has_a_name(governed: Cast, state: str) -> None:
    row = in_state(governed, state)
    with pytest.raises(IntegrityError), transaction.atomic():
        CriterionVersion.objects.filter(pk=row.pk).update(state="signed")


def test_and_it_is_not_the_authors(governed: Cast) -> None:
    row = another(governed)
    with pytest.raises(IntegrityError, match="nobody_signs_their_own"), transaction.atomic():
        CriterionVersion.objects.filter(pk=row.pk).update(state="signed", signed_by=F("author"), signed_at=app_now())


def test_one_wording_of_a_criterion_is_on(governed: Cast) -> None:
    in_state(governed, "active")
    row = another(governed)
    assert do(governed, "sign", row, who="second_governor", waiver="for a test").status_code == 200
    with pytest.raises(IntegrityError, match="one_active_version_a_criterion"), transaction.atomic():
        CriterionVersion.objects.filter(pk=row.pk).update(state="active")


@pytest.mark.parametrize("state", ["draft", "signed", "retired"])
def test_no_wording_is_deleted(governed: Cast, state: str) -> None:
    row = in_state(governed, state)
    with pytest.raises(IntegrityError, match="not deleted"), transaction.atomic():
        CriterionVersion.objects.filter(pk=row.pk).delete()


def test_a_trial_that_is_over_waits_for_nobody(governed: Cast) -> None:
    row = version("SW-01")
    assert do(governed, "test", row).status_code == 201
    for wrong in ({"state": "done"}, {"due_at": None}, {"lease_until": app_now()}, {"done_at": app_now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Trial.objects.filter(criterion_version=row).update(**wrong)


def test_one_number_of_a_site_is_in_force_for_a_parameter(governed: Cast) -> None:
    made = {
        "criterion": version("SW-01").criterion, "site": governed.site, "name": "positive", "value": "5", "reason": "x",
        "proposed_by": governed.governor.user, "proposed_at": app_now(), "signed_by": governed.second_governor.user,
        "signed_at": app_now(), "state": "signed",
    }  # fmt: skip
    SiteValue.objects.create(**made)
    with pytest.raises(IntegrityError, match="one_own_value_a_parameter"), transaction.atomic():
        SiteValue.objects.create(**made)
    with pytest.raises(IntegrityError, match="own_values_say_who_signed"), transaction.atomic():
        SiteValue.objects.create(**{**made, "name": "other", "signed_by": None})
