"""What the shipped edition says, held against its sources: every fact has a place, and every number is the source's."""

import re
from decimal import Decimal

import pytest

from apps.knowledge.in_force import catalogue
from tests.knowledge import sheet
from tests.knowledge.shipped import (
    KINDS,
    POINTER,
    SHIPPED,
    SOURCES,
    Row,
    by_code,
    cited_first,
    exact,
    numbers,
    rows_of,
    words_of,
)


def test_no_fact_of_the_documents_is_missing_and_none_is_invented() -> None:
    assert set(sheet.PLACE) == sheet.FACTS
    assert [row["code"] for row in SHIPPED["statements"]] == sorted(sheet.FACTS)


@pytest.mark.parametrize("fact", sorted(sheet.FACTS))
def test_every_fact_is_at_work_where_it_belongs(fact: str) -> None:
    assert any(fact in row.get("statements", []) for row in rows_of(sheet.PLACE[fact])), sheet.PLACE[fact]


def test_a_statement_says_whose_it_is_for_whom_and_what_its_source_cites() -> None:
    for row in SHIPPED["statements"]:
        code = row["code"]
        assert (row["source"], row["mark"]) == (code[:2], "S")
        expected = "juvenile" if code in sheet.JUVENILE else "adult" if code == "S0-38" else "any"
        expected = "amyopathic" if code.startswith("S3-") and code != "S3-24" else expected
        assert row.get("population", "any") == expected, code
        assert row.get("references", "") == sheet.REFERENCES.get(code, ""), code


def test_every_claim_that_was_checked_carries_what_was_found() -> None:
    statements = by_code("statements")
    assert {row["code"]: set(row["statements"]) for row in SHIPPED["verifications"]} == sheet.CHECKED
    for code, facts in sheet.CHECKED.items():
        assert all(code in statements[fact]["caveat"] for fact in facts), code
    marks = {row["code"]: row["mark"] for row in SHIPPED["verifications"]}
    assert {code for code, mark in marks.items() if mark == "V2"} == {"v_14", "v_15"}
    assert [code for code, mark in marks.items() if mark == "GK"] == ["v_13"]


def test_no_row_is_without_a_citation_and_a_mark() -> None:
    for name in KINDS:
        for row in rows_of(name):
            assert row.get("statements") or row.get("sources"), (name, row["code"])
            assert set(row.get("statements", [])) <= sheet.FACTS, (name, row["code"])
            assert set(row.get("sources", [])) <= SOURCES, (name, row["code"])
            assert row["mark"] in {"V", "V2", "S", "GK", "LP"}, (name, row["code"])
            if row["mark"] in {"GK", "LP"}:
                assert row["mark"] in row["sources"], (name, row["code"])
            if row["mark"] == "S":
                assert row.get("statements"), (name, row["code"])


def test_what_texts_point_at_is_there() -> None:
    known = {*by_code("disagreements"), *by_code("verifications"), *sheet.FACTS, *SOURCES}
    pointers = [found for rows in SHIPPED.values() for text in words_of(rows) for found in re.findall(POINTER, text)]
    assert len(pointers) > 100
    assert set(pointers) <= known


def test_every_dose_is_the_one_its_source_gives() -> None:
    found = {
        (row["medicine"], row["kind"], row.get("population", "any"), row["basis"], *numbers(row, "low", "high"), row["unit"],
         cited_first(row))
        for row in SHIPPED["dose_guidance"]
    }  # fmt: skip
    assert found == {(*row[:4], *exact(*row[4:6]), *row[6:]) for row in sheet.GUIDANCE}
    assert len(SHIPPED["dose_guidance"]) == len(sheet.GUIDANCE)


def test_every_dose_has_its_cap_course_and_interval_and_no_other() -> None:
    names = {name for more in sheet.MORE.values() for name in more}
    found = {row["code"]: {name: row[name] for name in names if name in row} for row in SHIPPED["dose_guidance"]}
    assert {code: more for code, more in found.items() if more} == sheet.MORE


def test_doses_stand_on_the_line_that_the_source_puts_them_on() -> None:
    for row in SHIPPED["dose_guidance"]:
        if row["kind"] in {"range", "start"} and cited_first(row) in sheet.LINES:
            assert row["line"] == sheet.LINES[cited_first(row)], row["code"]
    assert by_code("dose_guidance")["ivig_s2"]["line"] == [2, 3]


@pytest.mark.parametrize("code", sorted(sheet.POSITIONS))
def test_a_disagreement_shows_what_every_source_says(code: str) -> None:
    row = by_code("disagreements")[code]
    found = {f"{position['source']}/{position['population']}": position["says"] for position in row["positions"]}
    assert set(found) == set(sheet.POSITIONS[code])
    assert all(piece in found[who] for who, piece in sheet.POSITIONS[code].items()), found
    cited = {*row.get("sources", []), *[fact[:2] for fact in row["statements"]]}
    assert {who.split("/")[0] for who in found} <= cited
    assert set(by_code("disagreements")) == set(sheet.POSITIONS)


def test_every_figure_is_the_published_one_and_says_in_whom_it_was_counted() -> None:
    found = {row["code"]: (*numbers(row, "low"), row["unit"], row["mark"]) for row in SHIPPED["figures"]}
    assert found == {code: (Decimal(low), unit, mark) for code, (low, unit, mark) in sheet.FIGURES.items()}
    assert not [row for row in SHIPPED["figures"] if "high" in row]
    figures = by_code("figures")
    assert all(count in figures[code]["counted_in"] for code, count in sheet.COUNTED.items())


@pytest.mark.parametrize(("name", "code"), sorted(sheet.READ_IN))
def test_a_number_that_a_check_brought_up_cites_what_it_was_read_in(name: str, code: str) -> None:
    row, (fact, sources) = by_code(name)[code], sheet.READ_IN[name, code]
    assert (row["statements"], set(row["sources"]), row["mark"]) == ([fact], sources, "V")


def test_medicines_have_their_codes_and_what_checks_ask_about() -> None:
    rows = by_code("medicines")
    assert {code: " ".join(row.get("atc", [])) for code, row in rows.items()} == sheet.MEDICINES
    assert {code for code, row in rows.items() if row.get("immunosuppressant")} == sheet.IMMUNOSUPPRESSANTS
    assert [code for code, row in rows.items() if row.get("weekly_only")] == ["methotrexate"]
    assert rows["methotrexate"]["clashes_with"] == ["trimethoprim", "co_trimoxazole"]
    factors = {code: str(row["prednisone_factor"]) for code, row in rows.items() if "prednisone_factor" in row}
    assert factors == {"prednisone": "1", "prednisolone": "1", "methylprednisolone": "1.25"}
    assert {rows[code]["mark"] for code in ("prednisolone", "methylprednisolone")} == {"GK"}
    # Once a week is what the documents say; that it clashes with trimethoprim is general knowledge, and its note says so.
    assert rows["methotrexate"]["mark"] == "S"
    assert "unverified here" in rows["methotrexate"]["note"]
    assert {"IVIG", "IVIg"} <= set(rows["ivig"]["synonyms"])
    assert {"cyclosporine", "cyclosporine A"} <= set(rows["ciclosporin"]["synonyms"])


def test_costs_stand_with_the_medicines_that_the_source_names_and_with_their_caveat() -> None:
    rows = {code: row for code, row in by_code("medicines").items() if "cost_low" in row}
    assert {code: (row["cost_low"], row["cost_high"]) for code, row in rows.items()} == {
        code: cost[:2] for code, cost in sheet.COSTS.items()
    }
    for code, row in rows.items():
        assert {sheet.COSTS[code][2], "S0-31"} <= set(row["statements"])
        assert (row["cost_unit"], "may change" in row["cost_caveat"]) == ("USD/month", True)


def test_side_effects_stand_with_their_medicines() -> None:
    found: dict[str, set[str]] = {}
    for row in SHIPPED["effects"]:
        if row["kind"] == "side_effect":
            found.setdefault(row["medicine"], set()).add(row["code"].removeprefix(f"{row['medicine']}_"))
    assert found == {medicine: set(names.split()) for medicine, names in sheet.SIDE_EFFECTS.items()}
    lung = by_code("effects")["methotrexate_lung"]
    assert (lung["frequency"], lung["severity"], lung["statements"]) == ("rare", "severe", ["S2-27"])
    shared = [row for row in SHIPPED["effects"] if row.get("statements") == ["S2-32"]]
    assert len(shared) == 7
    assert all("low confidence" in row["note"] for row in shared)


def test_what_a_source_puts_carefully_is_put_carefully() -> None:
    rows = by_code("effects")
    assert {code: rows[code]["kind"] for code in sheet.KINDS} == sheet.KINDS
    said = [row["name"] for row in rows.values() if row.get("statements") == ["S2-36"]]
    # Two medicines, muscle and lung each.
    assert len(said) == 4
    assert all(name.startswith("There is evidence that it helps the ") for name in said)


def test_advice_against_a_first_line_in_lung_disease_stands_with_each_medicine_it_names() -> None:
    found = {
        row["medicine"] for row in SHIPPED["effects"] if row.get("sources") == ["P-ACRILDTX"] and row["mark"] == "V2"
    }
    assert found == {"infliximab", "adalimumab", "methotrexate", "abatacept"}


def test_what_has_to_be_there_before_a_medicine() -> None:
    found = {
        f"{row['medicine']}/{row.get('panel') or row['beside']}": (
            row.get("max_age_days"), row.get("option", ""), row.get("holds_first_dose", False), row["mark"],
        )
        for row in SHIPPED["prerequisites"]
    }  # fmt: skip
    assert found == sheet.NEEDED
    assert by_code("prerequisites")["methotrexate_folic_acid"]["beside"] == "folic_acid"
    whom = by_code("prerequisites")["mycophenolate_pregnancy_test"]["if_applicable"]
    assert "two tests 8–10 days apart [P-SPS V]; one is seen here at most" in whom


def test_a_guideline_is_not_said_to_want_more_than_it_does() -> None:
    rows = [row for name in ("prerequisites", "principles", "instruments") for row in SHIPPED[name]]
    told = [row for row in rows if "P-EULARINF" in row.get("sources", []) and "antirheumatic" in str(row)]
    # Eleven immunosuppressants, methotrexate and rituximab in other words, one principle, and two measures.
    assert len(told) == len(sheet.IMMUNOSUPPRESSANTS) - 2 + 1 + 2
    assert not [row["code"] for row in told if "any antirheumatic" in str(row)]
    vaccines = by_code("principles")["no_live_vaccines"]
    assert (vaccines["sources"], vaccines["mark"]) == (["P-ARTHRITISCENTRE"], "V2")


def meant_for(row: Row) -> str:
    who = str(row.get("medicine") or row.get("klass") or row["reason"])
    assert row["reason"] == ("medicine" if "medicine" in row else "klass" if "klass" in row else who)
    return f"{who}/{row['condition']}" if "condition" in row else who


def test_how_often_panels_are_due() -> None:
    found = {
        row["code"]: (row["scheme"], meant_for(row), row["panel"],
                      [(phase["from_day"], phase["every_days"]) for phase in row["phases"]], row.get("grace_days", 0),
                      row["mark"])
        for row in SHIPPED["schedules"]
    }  # fmt: skip
    assert found == sheet.SCHEDULES
    since_dose = {row["code"] for row in SHIPPED["schedules"] if row.get("anchor") == "dose_change"}
    assert since_dose == {code for code, row in sheet.SCHEDULES.items() if row[3] is sheet.PUBLISHED}


def test_choosing_the_published_schedules_leaves_nobody_unwatched() -> None:
    watched = {
        scheme: {
            (code, row["panel"])
            for row in SHIPPED["schedules"]
            for code in [*sheet.IMMUNOSUPPRESSANTS, "much steroid"]
            if row["scheme"] in {scheme, "both"} and holds_for(row, code)
        }
        for scheme in ("monthly", "published")
    }
    # Twelve medicines and steroid: three blood tests, CK and the skin each, and of the two calcineurin inhibitors two more.
    assert len(watched["monthly"]) == 13 * 5 + 2 * 2
    assert watched["monthly"] <= watched["published"]


def holds_for(row: Row, code: str) -> bool:
    """Whether a schedule is for an immunosuppressant, or for steroid alone in a dose that suppresses immunity."""
    klass = by_code("medicines").get(code, {}).get("klass")
    return (
        row["reason"] == "immunosuppressed" or row.get("medicine") == code or ("klass" in row and row["klass"] == klass)
    )


def test_when_one_looks_at_the_response() -> None:
    names = ("expected_low_weeks", "expected_high_weeks", "review_after_weeks")
    found = {
        row.get("medicine") or row["klass"]: (*[row.get(name) for name in names], row["score"])
        for row in SHIPPED["windows"]
    }
    assert found == {
        "corticosteroid": (4, 6, 6, "tis"), "hydroxychloroquine": (None, None, 12, "cdasi_a"), "ivig": (None, None, 16, "tis"),
    }  # fmt: skip


def test_ladders_have_the_steps_that_the_sources_describe() -> None:
    steps = {step["code"]: step for row in SHIPPED["pathways"] for step in row["steps"]}
    found = {code: [" ".join(option["medicines"]) for option in step["options"]] for code, step in steps.items()}
    assert found == sheet.LADDERS
    assert {row["code"]: row["population"] for row in SHIPPED["pathways"]} == {
        "amyopathic_ladder": "amyopathic", "severity_ladder": "adult", "juvenile_ladder": "juvenile",
    }  # fmt: skip
    assert {code: step["review_after_weeks"] for code, step in steps.items() if "review_after_weeks" in step} == {
        "amyopathic_step_1": 12, "juvenile_step_1": 12,
    }  # fmt: skip
    # S2-42 says steroid with an immunosuppressant; which ones is a choice of the editors.
    juvenile = steps["juvenile_step_1"]
    assert (juvenile["mark"], juvenile["statements"][0]) == ("S", "S2-42")
    assert "a choice of the editors" in juvenile["note"]
    shielded = [
        option for option in steps["amyopathic_step_1"]["options"] if option["interventions"] == ["photoprotection"]
    ]
    assert len(shielded) == 3


def test_what_members_read_of_a_ladder_is_said_in_words_and_not_in_codes() -> None:
    for row in SHIPPED["pathways"]:
        parts = [row, *row["steps"], *[option for step in row["steps"] for option in step["options"]]]
        said = [part.get(name, "") for part in parts for name in ("name", "note", "enter_when")]
        assert len([text for text in said if text]) > len(parts)
        assert not [text for text in said if re.search(rf"{POINTER}|\bS[023]\b", text)]


def test_early_and_hard_is_said_for_nobody_for_whom_it_is_wrong() -> None:
    rows = {fact: row for row in SHIPPED["principles"] for fact in row.get("statements", [])}
    assert {fact: rows[fact]["population"] for fact in ("S0-38", "S2-43", "S3-21")} == {
        "S0-38": "adult", "S2-43": "juvenile", "S3-21": "amyopathic",
    }  # fmt: skip
    assert "Not meant for pure amyopathic disease" in rows["S0-38"]["text"]


def test_the_edition_loads_and_what_is_computed_with_has_all_of_it(knowledge: None) -> None:
    found = catalogue()
    assert set(found.medicines) == set(sheet.MEDICINES)
    assert set(found.panels) == set(sheet.PANELS)
    assert {row.citation.code for row in found.schedules} == set(sheet.SCHEDULES)
    assert {(row.pathway, row.ordinal) for row in found.steps} >= {("amyopathic_ladder", 3), ("severity_ladder", 4)}
    assert (len(found.guidance), len(found.requirements), len(found.windows)) == (
        len(sheet.GUIDANCE),
        len(sheet.NEEDED),
        3,
    )
    start = {row.citation.words: (row.low, row.high) for row in found.guidance_of("prednisone")}
    assert start["S0-06 [S]"] == (Decimal(1), Decimal(2))
    assert start["S2-19, S2-15 [S]"] == (Decimal("0.75"), Decimal(1))
