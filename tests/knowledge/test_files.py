"""The files of an edition: each mistake is told with its file, its line and its rule, and nothing is loaded."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from apps.audit.models import AuditEvent
from apps.knowledge.loading import BadFixture
from apps.knowledge.loading.files import values_in
from apps.knowledge.loading.kinds import KINDS
from apps.knowledge.models import (
    DoseGuidance,
    Edition,
    Medicine,
    MonitoringSchedule,
    Panel,
    PathwayStep,
    Prerequisite,
    Source,
)
from tests.knowledge.house import SMALL, empty, load_from, small, with_


@pytest.fixture(autouse=True)
def _nothing_is_loaded_yet(db: None) -> None:
    empty()


def test_everything_is_loaded_as_it_is_written(tmp_path: Path) -> None:
    report = load_from(small(tmp_path / "e"))
    assert len(report.added) == sum(text.count("code: ") + text.count("key: ") for text in SMALL.values()) - 2
    guidance = DoseGuidance.objects.select_related("medicine").get()
    assert (guidance.medicine.code, guidance.low, guidance.high, guidance.kind) == (
        "alpha",
        Decimal("0.75"),
        1,
        "range",
    )
    assert Medicine.objects.get(code="beta").clashes_with == ["alpha"]
    assert MonitoringSchedule.objects.get().phases == [
        {"from_day": 0, "every_days": 14},
        {"from_day": 42, "every_days": 30},
    ]
    assert Prerequisite.objects.get(code="alpha_with_beta").beside == Medicine.objects.get(code="beta")
    assert list(PathwayStep.objects.values_list("ordinal", "code")) == [(1, "ladder_one"), (2, "ladder_two")]
    assert PathwayStep.objects.get(ordinal=1).options == [
        {"code": "a", "name": "Alpha", "medicines": ["alpha"], "interventions": [], "note": ""}
    ]


def test_the_sources_of_statements_are_added_to_those_that_are_named(tmp_path: Path) -> None:
    load_from(small(tmp_path / "e"))
    assert DoseGuidance.objects.get().sources == ["S9", "P-NINE"]
    assert Medicine.objects.get(code="alpha").sources == ["S9"]


BAD = [
    # The file, what stands there, what is put in its place, the line and the rule that are told.
    ("medicines", "klass: csdmard", "klas: csdmard", 1, "unknown key “klas”"),
    ("medicines", "  klass: other\n", "", 7, "“klass” is missing"),
    ("medicines", "klass: other", "klass: herb", 7, "unknown klass “herb”"),
    ("medicines", "code: beta", "code: alpha", 7, "“alpha” stands there twice"),
    ("goals", "code: strength", "code: Strength", 1, "“code”: Use lower-case"),
    ("medicines", "[alpha]", "[gamma]", 7, "“clashes_with”: There is no medicine “gamma”"),
    (
        "medicines",
        "immunosuppressant: true",
        "immunosuppressant: 'yes'",
        1,
        "“immunosuppressant”: It must be true or false",
    ),
    ("medicines", "statements: [S9-01]", "statements: [S9-99]", 1, "there is no statement “S9-99”"),
    ("medicines", "sources: [P-NINE]", "sources: [P-TEN]", 7, "there is no source “P-TEN”"),
    ("medicines", "  sources: [P-NINE]\n", "", 7, "no number without its source"),
    ("medicines", "  mark: V2\n", "", 7, "“mark” is missing"),
    ("medicines", "name: Beta", "name: 12", 7, "“name”: It must be a text"),
    ("medicines", "name: Beta", "name:", 7, "“name”: It must not be empty"),
    ("medicines", "  mark: S\n", "  mark: S\n  cost_low: 5\n", 1, "“cost_unit”: An amount needs its unit"),
    ("statements", "source: S9", "source: S8", 1, "there is no source “S8”"),
    ("panels", "[ck, alt]", "[ck, ast]", 1, "“measures”: There is no instrument “ast”"),
    ("panels", "  measures: [ck, alt]\n", "", 1, "“measures”: Name what is recorded"),
    ("panels", "[ck, alt]", "ck", 1, "“measures”: It must be a list"),
    ("dose_guidance", 'low: "0.75"', "low: 0.75", 1, "“low”: Put the number into quotes"),
    ("dose_guidance", 'low: "0.75"', 'low: "a bit"', 1, "“low”: It must be a number"),
    ("dose_guidance", 'low: "0.75"', 'low: "NaN"', 1, "“low”: It must be a number"),
    ("dose_guidance", 'low: "0.75"', 'low: "1.5"', 1, "“high”: It must not be less than low"),
    ("dose_guidance", 'low: "0.75"', "low: -1", 1, "“low”: It must not be less than 0"),
    ("dose_guidance", "  cap_unit: mg\n", "", 1, "“cap_unit”: An amount needs its unit"),
    ("dose_guidance", "medicine: alpha", "medicine: gamma", 1, "there is no medicine “gamma”"),
    ("dose_guidance", "medicine: alpha", "medicine: 3", 1, "“medicine” must be a code"),
    ("prerequisites", "  beside: beta\n", "", 7, "“panel”: Name a panel, or another medicine"),
    ("prerequisites", "max_age_days: 28", "max_age_days: '28'", 1, "“max_age_days”: It must be a whole number"),
    ("prerequisites", "max_age_days: 28", "max_age_days: 40000", 1, "“max_age_days”: This number cannot be meant"),
    ("prerequisites", "max_age_days: 28", "max_age_days: -1", 1, "“max_age_days”"),
    ("schedules", "from_day: 42", "from_day: 0", 1, "“phases”: Phases begin on day 0 or later"),
    ("schedules", "from_day: 0", "from_day: -1", 1, "“phases”: Phases begin on day 0 or later"),
    ("schedules", "every_days: 14", "every_days: 0", 1, "“phases”: “every_days” is 1 or more"),
    ("schedules", "{from_day: 0, every_days: 14}", "{from_day: 0}", 1, "“phases”: “every_days” is missing"),
    ("schedules", "every_days: 14}", "every_days: 14, until: 3}", 1, "“phases”: “until” is no key of it"),
    ("schedules", "reason: medicine", "reason: klass", 1, "“medicine”: A schedule whose reason is klass"),
    ("windows", "  medicine: alpha\n", "", 1, "“medicine”: Name a medicine or a class"),
    ("interventions", "[rheumatology]", "[astrology]", 1, "“disciplines”: There is no discipline “astrology”"),
    ("pathways", "medicines: [alpha]", "medicines: [gamma]", 6, "“options”: There is no medicine “gamma”"),
    ("pathways", "[walking]", "[running]", 13, "“options”: There is no intervention “running”"),
    ("pathways", "{code: a, name: Alpha, medicines: [alpha]}", "{code: a, name: Alpha}", 6, "neither a medicine nor"),
    ("pathways", "name: Second", "nama: Second", 13, "unknown key “nama”"),
    ("pathways", "code: ladder_two", "code: ladder_one", 13, "“ladder_one” stands there twice"),
    ("pathways", "name: First", "name: First\n      ordinal: 0", 6, "“ordinal” must be more than"),
    ("pathways", "name: Second", "name: Second\n      pathway: other", 13, "unknown key “pathway”"),
    ("disagreements", "source: P-NINE", "source: P-TEN", 1, "“positions”: There is no source “P-TEN”"),
    ("disagreements", "population: adult", "population: elves", 1, "“positions”: “elves” is no population"),
    ("referral_reasons", "to: rheumatology", "to: astrology", 1, "there is no discipline “astrology”"),
    ("referral_reasons", "[dermatology]", "[astrology]", 1, "“from_disciplines”: There is no discipline “astrology”"),
    ("referral_reasons", "urgency: urgent", "urgency: asap", 1, "unknown urgency “asap”"),
    ("referral_reasons", "5 wd", "5 wk", 1, "“target”: Write a span such as"),
    ("referral_reasons", "5 wd", "0 wd", 1, "“target”: Write a span such as"),
    ("referral_reasons", "5 wd", "wd", 1, "“target”: Write a span such as"),
    ("referral_reasons", "MU-01", "MU-*", 1, "Write the code of a criterion"),
    ("referral_reasons", "MU-01", "mu_01", 1, "Write the code of a criterion"),
    ("referral_reasons", "[bloods]", "[tears]", 1, "“panels”: There is no panel “tears”"),
    ("referral_reasons", "  target_means: the patient has been seen\n", "", 1, "“target_means” is missing"),
    ("referral_reasons", "question: Why?", 'question: ""', 1, "“question”"),
    ("goals", "[ck]", "[mood]", 1, "“measures”: There is no instrument “mood”"),
    ("instruments", "name: ALT", "name: ALT\n  maximum: 1.5", 6, "“maximum”: Put the number into quotes"),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "told"), BAD, ids=[f"{row[0]}: {row[4]}" for row in BAD])
def test_a_mistake_is_told_with_file_and_line_and_nothing_is_loaded(
    tmp_path: Path, name: str, old: str, new: str, line: int, told: str
) -> None:
    folder = small(tmp_path / "e", **with_(name, old, new))
    with pytest.raises(BadFixture) as caught:
        load_from(folder)
    assert f"{name}.yaml, line {line}: " in str(caught.value)
    assert told in str(caught.value)
    assert not Edition.objects.exists()
    assert not Source.objects.exists()
    assert not AuditEvent.objects.filter(verb="knowledge.load_edition").exists()


def test_a_mistake_that_only_the_last_file_has_leaves_nothing_of_the_others(tmp_path: Path) -> None:
    load_from(small(tmp_path / "e"))
    changed = with_("medicines", "name: Alpha", "name: Other") | with_("goals", "name: Strength", 'name: ""')
    with pytest.raises(BadFixture, match=re.escape("goals.yaml, line 1")):
        load_from(small(tmp_path / "f", **changed))
    assert Medicine.objects.get(code="alpha").name == "Alpha"
    assert Edition.objects.count() == 1


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.file)
def test_a_file_that_is_missing_is_named_and_retires_nothing(tmp_path: Path, kind: object) -> None:
    load_from(small(tmp_path / "e"))
    folder = small(tmp_path / "f")
    (folder / kind.file).unlink()  # type: ignore[attr-defined]
    with pytest.raises(BadFixture, match=kind.file):  # type: ignore[attr-defined]
        load_from(folder)
    assert not Medicine.objects.filter(retired=True).exists()


def test_loading_again_changes_nothing(tmp_path: Path) -> None:
    first = load_from(small(tmp_path / "e"))
    again = load_from(tmp_path / "e")
    assert (again.added, again.changed, again.retired) == ([], [], [])
    assert again.unchanged == len(first.added)


def test_what_is_left_out_goes_back_to_its_default(tmp_path: Path) -> None:
    load_from(small(tmp_path / "e"))
    report = load_from(small(tmp_path / "f", **with_("medicines", "  immunosuppressant: true\n", "")))
    assert report.changed == ["medicine alpha"]
    assert Medicine.objects.get(code="alpha").immunosuppressant is False


def test_steps_can_change_places_and_one_that_goes_leaves_its_place(tmp_path: Path) -> None:
    load_from(small(tmp_path / "e"))
    swapped = (
        SMALL["pathways.yaml"].replace("ladder_one", "x").replace("ladder_two", "ladder_one").replace("x", "ladder_two")
    )
    assert load_from(small(tmp_path / "f", pathways=swapped)).changed == [
        "pathwaystep ladder_two",
        "pathwaystep ladder_one",
    ]
    assert list(PathwayStep.objects.values_list("ordinal", "code")) == [(1, "ladder_two"), (2, "ladder_one")]
    new = SMALL["pathways.yaml"].replace("ladder_one", "ladder_new")
    report = load_from(small(tmp_path / "g", pathways=new))
    assert (report.retired, report.added) == (["pathwaystep ladder_one"], ["pathwaystep ladder_new"])
    assert list(PathwayStep.objects.filter(retired=False).values_list("ordinal", "code")) == [
        (1, "ladder_new"),
        (2, "ladder_two"),
    ]


def test_what_is_gone_is_retired_and_comes_back(tmp_path: Path) -> None:
    load_from(small(tmp_path / "e"))
    before = Panel.objects.get().pk
    other = {"panels": "- code: other\n  name: Other\n  measures: [ck]\n"}
    for name in ("prerequisites", "schedules"):
        other |= with_(name, "panel: bloods", "panel: other")
    other |= with_("referral_reasons", "[bloods]", "[other]")
    assert load_from(small(tmp_path / "f", **other)).retired == ["panel bloods"]
    assert Panel.objects.get(code="bloods").retired is True
    load_from(tmp_path / "e")
    assert (Panel.objects.get(code="bloods").pk, Panel.objects.get(code="bloods").retired) == (before, False)


def test_the_edition_loaded_last_is_in_force_also_when_it_is_an_older_one(tmp_path: Path) -> None:
    load_from(small(tmp_path / "e"))
    load_from(small(tmp_path / "f", edition='edition: "2031-01"\n'))
    assert Edition.objects.first() == Edition.objects.get(code="2031-01")
    load_from(tmp_path / "e")
    assert Edition.objects.first() == Edition.objects.get(code="2030-01")
    assert Edition.objects.count() == 2


def test_values_that_a_person_typed_keep_their_digits() -> None:
    assert values_in("low: 0.10\nhigh: 1\nmeasures: [ck, alt]\nattended: true\nnote: ''") == {
        "low": "0.10", "high": 1, "measures": ["ck", "alt"], "attended": True, "note": "",
    }  # fmt: skip
    assert values_in("") == {}
    for text in ("low", "- low", "low: [", "low: 1\nlow: 2"):
        with pytest.raises(BadFixture):
            values_in(text)
