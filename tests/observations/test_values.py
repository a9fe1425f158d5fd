"""One value of one instrument: its kind, its range, its unit, and what has to stand beside it."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from apps.audit.models import AuditEvent
from apps.knowledge.models import Instrument
from apps.observations.models import Observation
from tests.cast import Cast
from tests.observations.house import (
    API,
    WHEN,
    browser,
    fields,
    get,
    kind,
    measured,
    record,
    refusal,
    send,
    shown,
    weigh,
)

SHIPPED: list[dict[str, Any]] = yaml.safe_load(
    (Path(settings.BASE_DIR) / "fixtures" / "knowledge" / "instruments.yaml").read_text()
)
NUMBERS = [row for row in SHIPPED if row.get("kind", "number") == "number" and not row.get("derived")]


def bound(row: dict[str, Any], which: str) -> Decimal | None:
    value = row.get(which)
    return None if value is None else Decimal(str(value))


def beside(code: str) -> dict[str, Any]:
    """The limit that a laboratory value needs."""
    needs = next(row for row in SHIPPED if row["code"] == code).get("needs_limit")
    return {"reference_high": "100"} if needs else {}


def test_what_is_recorded_is_shown_as_a_row_of_its_own(cast: Cast) -> None:
    answer = record(cast, "weight", 70.5, "kg", position="standing", conditions="after breakfast")
    assert answer.status_code == 201
    made = answer.json()
    assert answer.headers["Location"].endswith(f"{API}observations/{made['id']}/")
    assert (made["instrument"], made["value"], made["unit"]) == ("weight", 70.5, "kg")
    assert (made["status"], made["corrects"], made["confirmed"]) == ("final", None, False)
    assert (made["sent_value"], made["sent_unit"]) == ("", "")
    assert (made["position"], made["conditions"]) == ("standing", "after breakfast")
    assert made["effective_at"] == WHEN
    assert made["recorded_by"] == str(cast.therapist.who.pk)
    assert shown(cast, "observations", made["id"]) == made


def test_a_value_is_a_baseline_only_when_somebody_says_so(cast: Cast) -> None:
    plain, marked = weigh(cast), weigh(cast, 71, baseline=True)
    assert (plain["baseline"], marked["baseline"]) == (False, True)
    assert shown(cast, "observations", marked["id"]) == marked
    assert [row.value for row in Observation.objects.filter(baseline=True)] == [71]
    for wrong in (None, "perhaps", 2, ["yes"]):
        assert refusal(record(cast, "weight", 70, "kg", baseline=wrong)) == (400, ["baseline"]), wrong


def test_a_baseline_is_marked_in_the_admin_too(cast: Cast) -> None:
    weight = Instrument.objects.get(code="weight")
    form = {
        "patient": cast.patient.pk, "instrument": weight.pk, "value": "70", "unit": "kg", "effective_at_0": "2026-01-05",
        "effective_at_1": "09:00", "reference_high": "", "quality": "", "position": "", "conditions": "", "baseline": "on",
    }  # fmt: skip
    admin, page = browser(cast, "coordinator"), reverse("admin:observations_observation_add")
    assert admin.post(page, form).status_code == 302
    assert admin.post(page, {**form, "value": "71", "baseline": ""}).status_code == 302
    assert {row.value: row.baseline for row in Observation.objects.all()} == {70: True, 71: False}


def test_every_number_of_the_edition_takes_its_lowest_and_highest_unremarkable_value(cast: Cast) -> None:
    assert len(NUMBERS) > 20
    for row in NUMBERS:
        lows = [low for low in (bound(row, "minimum"), bound(row, "plausible_low")) if low is not None]
        highs = [high for high in (bound(row, "maximum"), bound(row, "plausible_high")) if high is not None]
        for value in [max(lows), *([min(highs)] if highs else [])]:
            answer = record(cast, row["code"], float(value), row["unit"], **beside(row["code"]))
            assert answer.status_code == 201, (row["code"], value, answer.json())
            assert answer.json()["value"] == float(value)
            assert answer.json()["unit"] == row["unit"]


def test_nothing_outside_its_range_is_taken_not_even_when_confirmed(cast: Cast) -> None:
    little = Decimal("0.0001")
    for row in NUMBERS:
        low, high = bound(row, "minimum"), bound(row, "maximum")
        step = Decimal(str(row.get("step", little)))
        # Where the sign is dropped nothing is below zero.
        beyond = [low - step] if low is not None and not row.get("keeps_magnitude") else []
        beyond += [high + step] if high is not None else []
        for value in beyond:
            answer = record(cast, row["code"], float(value), row["unit"], confirmed=True, **beside(row["code"]))
            assert refusal(answer) == (422, ["value"]), (row["code"], value, answer.json())
    assert not Observation.objects.exists()


@pytest.mark.parametrize(
    ("code", "good", "bad"),
    [
        ("mmt8_80", [0, 79, 80], [-1, 81, 79.5, 0.0001]),
        ("mmt8_150", [150], [151, 150.5]),
        ("haqdi", [0, 0.125, 1.375, 3], [0.1, 1.13, 2.9999, 3.125, -0.125]),
        ("fois", [1, 7], [0, 8, 1.5]),
        # A variant printed with 0 to 5 exists: 5 is refused.
        ("mmrc", [0, 4], [5]),
        ("eat10", [40], [41]),
        ("cmas", [52], [53]),
    ],
)
def test_scores_have_limits_and_steps(cast: Cast, code: str, good: list[float], bad: list[float]) -> None:
    for value in good:
        assert record(cast, code, value).status_code == 201, value
    for value in bad:
        assert refusal(record(cast, code, value)) == (422, ["value"]), value
    assert Observation.objects.count() == len(good)


def test_a_code_is_one_of_the_instrument_s(cast: Cast) -> None:
    for value in ("pass", "fail"):
        assert record(cast, "wst3oz", value).json()["value"] == value
    for wrong in ("maybe", "PASS", 1, True, False):
        assert refusal(record(cast, "wst3oz", wrong)) == (422, ["value"]), wrong
    assert refusal(record(cast, "wst3oz", "pass", "mL")) == (422, ["unit"])
    assert refusal(record(cast, "wst3oz", "pass", reference_high="1")) == (422, ["reference_high"])


@pytest.mark.parametrize("wrong", ["75", "seventy", True, False])
def test_a_number_is_no_text_and_no_yes(cast: Cast, wrong: Any) -> None:
    assert refusal(record(cast, "weight", wrong, "kg")) == (422, ["value"])


@pytest.mark.parametrize("wrong", [None, "", [], [70], {}, {"value": 70}, "x" * 41, "a\nb"])
def test_what_is_no_value_at_all_is_a_bad_request(cast: Cast, wrong: Any) -> None:
    assert refusal(record(cast, "weight", wrong, "kg")) == (400, ["value"])


@pytest.mark.parametrize(("code", "value"), [("tis", 40), ("printo_inactive", True), ("printo_inactive", False)])
def test_what_is_computed_from_others_is_never_recorded(cast: Cast, code: str, value: Any) -> None:
    assert refusal(record(cast, code, value)) == (422, ["instrument"])


@pytest.mark.parametrize("code", ["nothing_known", "", None, 7, ["weight"], "x" * 81])
def test_an_instrument_that_is_not_there_is_a_bad_request(cast: Cast, code: Any) -> None:
    assert refusal(record(cast, code, 70, "kg")) == (400, ["instrument"])


def test_a_key_that_nobody_declared_is_named(cast: Cast) -> None:
    assert refusal(record(cast, "weight", 70, "kg", valeu=1, status="final")) == (400, ["status", "valeu"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quality": "good"}, "quality"),
        ({"position": "kneeling"}, "position"),
        ({"session": "today"}, "session"),
        ({"confirmed": "perhaps"}, "confirmed"),
        ({"conditions": "x" * 101}, "conditions"),
        ({"reference_high": "NaN"}, "reference_high"),
        ({"reference_high": "1.00001"}, "reference_high"),
        ({"unit": "x" * 41}, "unit"),
    ],
)
def test_what_the_schema_does_not_know_is_a_bad_request(cast: Cast, body: dict[str, Any], field: str) -> None:
    sent = measured(cast, "weight", 70, "kg") | body
    assert refusal(send(cast, "observations/", sent)) == (400, [field])


@pytest.mark.parametrize(
    ("code", "value", "unit", "kept"),
    [
        ("temp", 98.6, "[degF]", 37),
        ("temp", 310.15, "K", 37),
        # 150 pounds of 0.45359237 kg are 68.0388555 kg.
        ("weight", 150, "[lb_av]", 68.0389),
        ("weight", 70500, "g", 70.5),
        ("phga", 65, "mm", 6.5),
        ("height", 1.7, "m", 170),
        ("qtc", 0.42, "s", 420),
        ("fvc_pp", 0.8, "1", 80),
        ("fvc", 2100, "mL", 2.1),
    ],
)
def test_another_unit_is_converted_and_kept_as_it_was_sent(
    cast: Cast, code: str, value: float, unit: str, kept: float
) -> None:
    made = record(cast, code, value, unit)
    assert made.status_code == 201, made.json()
    row = next(row for row in SHIPPED if row["code"] == code)
    assert (made.json()["value"], made.json()["unit"]) == (kept, row["unit"])
    assert (made.json()["sent_value"], made.json()["sent_unit"]) == (str(value), unit)
    assert shown(cast, "observations", made.json()["id"]) == made.json()


def test_a_limit_is_converted_together_with_its_value(cast: Cast) -> None:
    # 1 µkat/L is 60 U/L.
    made = record(cast, "ck", 3.5, "ukat/L", reference_high="2.9").json()
    assert (made["value"], made["unit"], made["reference_high"]) == (210, "U/L", 174)


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [
        ("fvc_pp", 3.2, "L"),
        ("fvc_pp", 80, ""),
        ("weight", 70, ""),
        ("weight", 70, "banana"),
        ("weight", 70, "cm"),
        ("weight", 70, "KG"),
        ("temp", 37, "°C"),
        ("mmt8_80", 70, "kg"),
        ("mmt8_80", 70, "%"),
        ("ck", 150, "mg/L"),
    ],
)
def test_a_unit_that_does_not_fit_is_refused_by_name(cast: Cast, code: str, value: float, unit: str) -> None:
    before = AuditEvent.objects.count()
    assert refusal(record(cast, code, value, unit, **beside(code))) == (422, ["unit"])
    assert (Observation.objects.count(), AuditEvent.objects.count()) == (0, before)


def test_litres_are_no_per_cent_of_predicted_and_the_answer_names_both_units(cast: Cast) -> None:
    # J06: an outside spirometry of 2.1 L is kept as a volume.
    volume = record(cast, "fvc", 2.1, "L").json()
    assert (volume["instrument"], volume["value"], volume["unit"]) == ("fvc", 2.1, "L")
    for code, value, unit, wanted in (("fvc_pp", 2.1, "L", "%"), ("fvc", 82, "%", "L")):
        refused = record(cast, code, value, unit)
        assert refusal(refused) == (422, ["unit"])
        said = refused.json()["errors"][0]["detail"]
        assert f"“{unit}” cannot be converted to {wanted}" in said
        assert "Forced vital capacity" in said
    assert [row.instrument.code for row in Observation.objects.all()] == ["fvc"]


@pytest.mark.parametrize("unit", ["", "1", "{score}"])
def test_a_score_needs_no_unit(cast: Cast, unit: str) -> None:
    made = record(cast, "mmt8_80", 78, unit).json()
    assert (made["value"], made["unit"], made["sent_value"]) == (78, "{score}", "")


@pytest.mark.parametrize("code", ["mip", "mep"])
def test_a_pressure_printed_negative_is_kept_without_its_sign(cast: Cast, code: str) -> None:
    made = record(cast, code, -85, "cm[H2O]").json()
    assert (made["value"], made["sent_value"], made["sent_unit"]) == (85, "-85", "cm[H2O]")
    plain = record(cast, code, 85, "cm[H2O]").json()
    assert (plain["value"], plain["sent_value"]) == (85, "")
    # 1 cm of water is 0.0980665 kPa.
    assert record(cast, code, -8.5, "kPa").json()["value"] == pytest.approx(86.6759)
    assert refusal(record(cast, code, -400, "cm[H2O]")) == (422, ["value"])


def test_only_pressures_lose_their_sign(cast: Cast) -> None:
    assert refusal(record(cast, "weight", -70, "kg")) == (422, ["value"])


@pytest.mark.parametrize("code", ["ck", "tni", "tnt"])
def test_a_laboratory_value_needs_the_laboratory_s_limit(cast: Cast, code: str) -> None:
    unit = "U/L" if code == "ck" else "ng/L"
    for more in ({}, {"reference_high": None}, {"reference_high": "0"}, {"reference_high": "-5"}):
        assert refusal(record(cast, code, 150, unit, **more)) == (422, ["reference_high"]), more
    made = record(cast, code, 150, unit, reference_high="174.5")
    assert (made.status_code, made.json()["reference_high"]) == (201, 174.5)


@pytest.mark.parametrize(
    ("code", "unit", "unremarkable", "unusual"),
    [
        ("temp", "Cel", [30, 44], [29.9, 44.1]),
        ("fvc_pp", "%", [10, 170], [9.9999, 170.0001]),
        ("weight", "kg", [1, 350], [0.5, 351]),
        ("vc_supine_drop", "%", [-30, 100], [-30.1]),
        ("spo2_rest_ra", "%", [40], [39]),
        ("ck", "U/L", [500000], [500001]),
    ],
)
def test_what_is_hardly_possible_has_to_be_confirmed(
    cast: Cast, code: str, unit: str, unremarkable: list[float], unusual: list[float]
) -> None:
    for value in unremarkable:
        assert record(cast, code, value, unit, **beside(code)).status_code == 201
    for value in unusual:
        assert refusal(record(cast, code, value, unit, **beside(code))) == (422, ["value"])
        refused = record(cast, code, value, unit, confirmed=False, **beside(code))
        assert "confirmed" in refused.json()["errors"][0]["detail"]
        made = record(cast, code, value, unit, confirmed=True, **beside(code))
        assert (made.status_code, made.json()["value"], made.json()["confirmed"]) == (201, value, True)


def test_the_unusual_is_judged_in_the_instrument_s_own_unit(cast: Cast) -> None:
    # 37 is a healthy number of degrees Celsius, and 2.8 °C when they are Fahrenheit.
    assert refusal(record(cast, "temp", 37, "[degF]")) == (422, ["value"])
    assert record(cast, "temp", 98.6, "[degF]").status_code == 201


@pytest.mark.parametrize("value", [70.12345, 1e10 + 1, -1e11, 10**30, 1e300])
def test_a_number_that_cannot_be_kept_exactly_is_refused(cast: Cast, value: float) -> None:
    assert refusal(record(cast, "weight", value, "kg", confirmed=True)) == (422, ["value"])


def test_a_number_with_too_many_places_names_a_field_of_the_body(cast: Cast) -> None:
    assert refusal(record(cast, "weight", 1e-45, "[lb_av]")) == (422, ["value"])


@pytest.mark.parametrize("text", ["1e400", "-1e400", "NaN", "Infinity"])
def test_a_number_beyond_numbers_is_refused(cast: Cast, text: str) -> None:
    body = '{"patient":"%s","instrument":"weight","unit":"kg","effective_at":"%s","value":%s}'
    sent = body % (cast.patient.pk, WHEN, text)
    answer = cast.therapist.client().post(f"{API}observations/", sent, content_type="application/json")
    assert answer.status_code in {400, 422}


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("therapist", 201),
        ("covering", 201),
        ("on_call_pulmonologist", 201),
        ("coordinator", 201),
        ("service", 201),
        ("stranger", 400),
        ("former", 400),
        ("future", 400),
        ("coordinator_elsewhere", 400),
        ("administrator", 403),
        ("narrow_service", 403),
        ("nobody", 401),
    ],
)
def test_who_sees_the_patient_may_record(cast: Cast, who: str, code: int) -> None:
    answer = record(cast, "weight", 70, "kg", who=who)
    assert answer.status_code == code
    assert Observation.objects.exists() == (code == 201)


def test_a_stranger_cannot_record_anything(cast: Cast) -> None:
    hidden = str(cast.patient.pk)
    bodies = {
        "observations/": measured(cast, "weight", 70, "kg"),
        "findings/": {"patient": hidden, "code": "choking", "effective_at": WHEN},
        "complications/": {"patient": hidden, "code": "dysphagia", "effective_at": WHEN},
        "resolutions/": {"patient": hidden, "code": "dysphagia", "effective_at": WHEN},
        "assessments/": {"patient": hidden, "kind": "ecg", "effective_at": WHEN},
    }
    nobodys = "00000000-0000-7000-8000-000000000000"
    for path, body in bodies.items():
        answer = send(cast, path, body, who="stranger")
        assert refusal(answer) == (400, ["patient"]), path
        absent = send(cast, path, {**body, "patient": nobodys}, who="stranger")
        told, expected = answer.json()["errors"], absent.json()["errors"]
        assert told[0]["detail"].replace(hidden, nobodys) == expected[0]["detail"]


def test_a_stranger_finds_nothing_and_can_change_nothing(cast: Cast) -> None:
    made = weigh(cast)["id"]
    assert get(cast, f"observations/{made}/", who="stranger").status_code == 404
    assert get(cast, "observations/", who="stranger").json()["results"] == []
    assert get(cast, "observations/count/", who="stranger").json() == {"count": 0}
    assert send(cast, f"observations/{made}/correct/", {"value": 71}, who="stranger").status_code == 404
    wrong = send(cast, f"observations/{made}/enter-in-error/", {"reason": "x"}, who="stranger")
    assert wrong.status_code == 404
    assert shown(cast, "observations", made)["status"] == "final"


def test_a_list_shows_what_was_asked_for(cast: Cast) -> None:
    heavy, light = weigh(cast, 80)["id"], weigh(cast, 60, effective_at="2025-01-05T08:00:00Z")["id"]
    tall = record(cast, "height", 170, "cm").json()["id"]
    assert send(cast, f"observations/{heavy}/enter-in-error/", {"reason": "x"}).status_code == 200
    for query, expected in (
        ("instrument=weight", {heavy, light}),
        ("instrument=height", {tall}),
        ("status=final", {light, tall}),
        ("status=entered_in_error", {heavy}),
        (f"since={WHEN}", {heavy, tall}),
        (f"until={WHEN}", {light}),
        (f"patient={cast.other_patient.pk}", set()),
    ):
        rows = get(cast, f"observations/?{query}").json()["results"]
        assert {row["id"] for row in rows} == expected, query


def test_a_record_in_error_takes_no_values(cast: Cast) -> None:
    made = weigh(cast)["id"]
    client = cast.coordinator.client()
    client.post(f"{API}patients/{cast.patient.pk}/enter-in-error/", {"reason": "a test"}, format="json")
    for path, body in (
        ("observations/", measured(cast, "weight", 70, "kg")),
        (f"observations/{made}/correct/", {"value": 71}),
        (f"observations/{made}/enter-in-error/", {"reason": "x"}),
        ("assessments/", {"patient": str(cast.patient.pk), "kind": "ecg", "effective_at": WHEN, "discipline": "slt"}),
    ):
        answer = send(cast, path, body, who="coordinator")
        assert (answer.status_code, kind(answer), fields(answer)) == (409, "conflict", []), path
