"""What the shipped edition says about panels, therapies and measures, held against its sources."""

from decimal import Decimal

import pytest

from apps.observations.units import NotConvertible, convert
from tests.knowledge import sheet
from tests.knowledge.shipped import SHIPPED, by_code


def test_panels_are_done_by_what_belongs_to_them() -> None:
    names = ("measures", "any_of", "assessments")
    found = {row["code"]: tuple(" ".join(row.get(name, [])) for name in names) for row in SHIPPED["panels"]}
    assert found == sheet.PANELS


def test_therapies_with_sessions_are_those_that_can_be_missed() -> None:
    rows = by_code("interventions")
    assert {code for code, row in rows.items() if row.get("attended")} == {
        "physiotherapy", "occupational_therapy", "speech_and_language_therapy",
    }  # fmt: skip
    assert "aspiration pneumonia" in rows["speech_and_language_therapy"]["prevents"]
    assert "SPF 50" in rows["photoprotection"]["detail"]


def test_laboratory_measures_have_their_codes_limits_and_thresholds() -> None:
    rows = by_code("instruments")
    assert {code: rows[code].get("loinc", "") for code in sheet.LOINC} == sheet.LOINC
    assert all(bool(rows[code].get("loinc_seen")) == bool(rows[code].get("loinc")) for code in rows)
    assert {code for code, row in rows.items() if row.get("needs_limit")} == {
        "ck", "tni", "tnt", "alt", "ast", "ldh", "aldolase", "ggt", "bilirubin",
    }  # fmt: skip
    assert all(piece in rows[code]["thresholds"] for code, piece in sheet.CUT_OFFS.items())
    assert {code: rows[code]["codes"] for code in ("tpmt", "hbsag", "anti_hbc", "anti_hcv", "hiv")} == {
        "tpmt": ["normal", "intermediate", "absent"],
        **{code: ["negative", "positive"] for code in ("hbsag", "anti_hbc", "anti_hcv", "hiv")},
    }


def test_vital_capacity_is_two_measures_with_a_unit_and_a_code_of_its_own() -> None:
    rows = by_code("instruments")
    # B.5.
    assert [(rows[code]["unit"], rows[code]["loinc"]) for code in ("fvc", "fvc_pp")] == [
        ("L", "19868-9"),
        ("%", "19872-1"),
    ]
    with pytest.raises(NotConvertible):
        convert(Decimal("2.1"), rows["fvc"]["unit"], rows["fvc_pp"]["unit"])


def test_what_criteria_ask_for_can_be_recorded() -> None:
    rows = by_code("concepts")
    found = {code: (rows[code]["category"], rows[code]["mark"]) for code in sheet.ASKED_FINDINGS}
    assert found == dict.fromkeys(sheet.ASKED_FINDINGS, ("finding", "LP"))


@pytest.mark.parametrize("code", sorted(sheet.SAID))
def test_a_threshold_says_all_of_it_and_where_it_was_read(code: str) -> None:
    row, (pieces, sources) = by_code("instruments")[code], sheet.SAID[code]
    assert [piece for piece in pieces if piece not in row["thresholds"]] == []
    assert sources <= set(row["sources"])


@pytest.mark.parametrize(
    ("code", "number", "unit", "kept"),
    [("wbc", "3500", "/uL", "3.5"), ("hb", "10", "g/dL", "100"), ("igg", "700", "mg/dL", "7"), ("crp", "1", "mg/dL", "10"),
     ("ciclosporin_level", "150", "ug/L", "150"), ("ferritin", "500", "ng/mL", "500"), ("alt", "1", "ukat/L", "60"),
     ("creatinine", "0.1", "mmol/L", "100"), ("nt_probnp", "125", "pg/mL", "125")],
)  # fmt: skip
def test_what_laboratories_send_fits_the_unit_that_is_kept(code: str, number: str, unit: str, kept: str) -> None:
    assert convert(Decimal(number), unit, by_code("instruments")[code]["unit"]) == Decimal(kept)


@pytest.mark.parametrize(
    ("code", "unit"), [("creatinine", "mg/dL"), ("bilirubin", "mg/dL"), ("hba1c", "mmol/mol"), ("hb", "mmol/L")]
)
def test_a_unit_that_would_be_misread_is_refused(code: str, unit: str) -> None:
    with pytest.raises(NotConvertible):
        convert(Decimal(1), unit, by_code("instruments")[code]["unit"])
