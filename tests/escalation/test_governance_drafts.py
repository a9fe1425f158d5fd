"""Writing wordings down: from another one or anew, by its author only, held to every rule, through both doors."""

from typing import Any

import pytest

from apps.audit.models import AuditEvent
from apps.escalation.models import Criterion, CriterionVersion
from tests.cast import Cast, Persona, token_for
from tests.escalation.governing import (
    PATH,
    WORDING,
    another,
    at,
    browser,
    do,
    drafted,
    fields,
    form_of,
    page,
    stricter,
    version,
    with_governance,
)
from tests.escalation.house import shipped
from tests.observations.house import API, send


@pytest.fixture
def governed(cast: Cast) -> Cast:
    return with_governance(cast)


def change(cast: Cast, row: CriterionVersion, *, who: str = "governor", tag: str = "", **body: Any) -> Any:
    headers = {"If-Match": tag} if tag else {}
    client = cast.personas[who].client()
    answer = client.patch(f"{API}{PATH}{row.pk}/", body, format="json", headers=headers)
    row.refresh_from_db()
    return answer


def test_a_wording_that_is_based_on_another_says_the_same_but_for_what_is_changed(governed: Cast) -> None:
    base = version("SW-01")
    row = another(governed, parameters=stricter(value="5"))
    assert (row.criterion.code, row.number, row.state, row.based_on) == ("SW-01", 2, "draft", base)
    assert (row.author, row.signed_by) == (governed.governor.user, None)
    assert row.parameters["positive"]["value"] == "5"
    assert {name: value for name, value in row.content.items() if name != "parameters"} == {
        name: value for name, value in base.content.items() if name != "parameters"
    }
    assert row.digest != base.digest
    assert row.digest == row.content_digest
    assert AuditEvent.objects.filter(verb="escalation.draft", subject_id=row.pk).count() == 1


def test_a_new_criterion_is_written_under_a_code_and_a_group(governed: Cast) -> None:
    row = drafted(governed, criterion="LU-90", group="lung", **WORDING)
    assert (row.criterion.code, row.criterion.group, row.number) == ("LU-90", "lung", 1)
    assert (row.population, row.key, row.variants, row.excludes) == ("any", "", [], [])
    assert AuditEvent.objects.filter(verb="escalation.add_criterion").count() == 1


def test_a_second_wording_of_a_criterion_can_be_written_without_a_first_one_to_begin_from(governed: Cast) -> None:
    row = drafted(governed, criterion="SW-01", **WORDING)
    assert (row.number, row.based_on, row.criterion.group) == (2, None, "swallowing")
    assert Criterion.objects.filter(code="SW-01").count() == 1


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({**WORDING}, 400, "criterion"),
        ({**WORDING, "criterion": "LU-90"}, 422, "group"),
        ({**WORDING, "criterion": "lung", "group": "lung"}, 422, "code"),
        ({**WORDING, "criterion": "SW-01", "group": "lung"}, 422, "group"),
        ({**WORDING, "criterion": "LU-90", "group": "magic"}, 400, "group"),
        ({**WORDING, "criterion": "LU-90", "group": "lung", "colour": "red"}, 400, "colour"),
        ({"criterion": "LU-90", "group": "lung", "name": "Half"}, 422, "when"),
        ({"based_on": "01900000-0000-7000-8000-000000000000"}, 400, "based_on"),
    ],
)
def test_a_wording_that_does_not_say_what_it_is_of_is_refused_and_nothing_is_written(
    governed: Cast, body: dict[str, Any], status: int, field: str
) -> None:
    before = CriterionVersion.objects.count(), Criterion.objects.count()
    answer = send(governed, PATH, body, who="governor")
    assert answer.status_code == status, answer.content
    assert field in fields(answer)
    assert (CriterionVersion.objects.count(), Criterion.objects.count()) == before


def test_what_is_based_on_a_wording_stays_with_its_criterion(governed: Cast) -> None:
    answer = send(governed, PATH, {"based_on": str(version("SW-01").pk), "criterion": "LU-00"}, who="governor")
    assert (answer.status_code, fields(answer)) == (422, ["criterion"])


#: What is wrong, how it is sent, and the field that is named.
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a condition that cannot be read": ({"when": "latest(eat10) >="}, "when"),
    "an unknown measure": ({"when": "latest(eat11) >= p.positive"}, "when"),
    "arithmetic": ({"when": "latest(eat10) + 1 >= p.positive"}, "when"),
    "another unit": ({"when": "latest(weight) >= p.positive"}, "when"),
    "a key that it does not have": ({"when": "active(key)"}, "when"),
    "an unknown parameter": ({"when": "latest(eat10) >= p.negative"}, "when"),
    "an end that cannot be read": ({"clears": 'resolved("dysphagie")'}, "clears"),
    "an end that nobody knows": ({"clears": "by_nobody"}, "clears"),
    "an unknown discipline to ask": ({"asks": ["astrology"]}, "asks"),
    "the same discipline twice": ({"asks": ["slt", "slt"]}, "asks"),
    "an unknown discipline to tell": ({"informs": ["astrology:on-call"]}, "informs"),
    "a span that is none": ({"acknowledge_within": "soon"}, "acknowledge_within"),
    "a span to act that is none": ({"act_within": "2 days"}, "act_within"),
    "a criterion that is not there": ({"excludes": ["XX-99"]}, "excludes"),
    "itself": ({"excludes": ["SW-01"]}, "excludes"),
    "a source that is not there": ({"citations": ["P-NOWHERE"]}, "citations"),
    "a number without a source": (
        {"parameters": {**stricter(), "positive": {"value": "3", "unit": "{score}", "citation": "P-NOWHERE", "mark": "V2"}}},
        "parameters.positive",
    ),
    "a number that is none": (
        {"parameters": {**stricter(), "positive": {"value": "three", "unit": "{score}", "citation": "LP", "mark": "LP"}}},
        "parameters.positive",
    ),
    "a number under a name that is none": (
        {"parameters": {**stricter(), "Positive!": {"value": "3", "unit": "{score}", "citation": "LP", "mark": "LP"}}},
        "parameters.Positive!",
    ),
    "a window that is not whole": (
        {
            "when": "missing(slt_assessment, p.window)",
            "parameters": {"window": {"value": "28.5", "unit": "d", "citation": "LP", "mark": "LP"}},
        },
        "when",
    ),
    "a variant that cannot be read": (
        {"variants": [{"when": "severe(", "severity": "emergency"}]}, "variants.0.when",
    ),
    "a variant whose reason cannot be read": (
        {"variants": [{"when": 'severe("dysphagia")', "severity": "emergency", "reason": "At {latest(eat11)}."}]},
        "variants.0.reason",
    ),
    "a second variant that asks nobody known": (
        {
            "variants": [
                {"when": 'severe("dysphagia")', "severity": "emergency"},
                {"when": 'severe("dyspnoea")', "severity": "urgent", "asks": ["astrology"]},
            ]
        },
        "variants.1.asks",
    ),
    "a name of two lines": ({"name": "Subject: one\nBcc: two"}, "name"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "field"), BAD.values(), ids=BAD.keys())
def test_a_bad_wording_is_refused_naming_the_field_when_it_is_written_and_when_it_is_changed(
    governed: Cast, changes: dict[str, Any], field: str
) -> None:
    mine = another(governed)
    before = CriterionVersion.objects.count(), mine.content
    made = send(governed, PATH, {"based_on": str(version("SW-01").pk), **changes}, who="governor")
    assert (made.status_code, fields(made)) == (422, [field]), made.content
    edited = change(governed, mine, **changes)
    assert (edited.status_code, fields(edited)) == (422, [field]), edited.content
    assert (CriterionVersion.objects.count(), mine.content) == before


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"positive": 3}}, {"parameters": {"positive": {"value": "3"}}}, {"parameters": ["positive"]},
        {"variants": "none"}, {"variants": [{"severity": "urgent"}]}, {"variants": [{"when": "adult", "severity": "dire"}]},
        {"variants": [{"when": "adult", "severity": "urgent", "colour": "red"}]}, {"asks": "slt"}, {"asks": []},
        {"asks": [["slt"]]}, {"severity": "dire"}, {"population": "everybody"}, {"key": "wing"}, {"origin": "hearsay"},
        {"when": {"a": 1}}, {"when": ""}, {"state": "active"}, {"signed_by": None}, {"name": "x" * 151},
    ],
)  # fmt: skip
def test_what_has_another_shape_is_no_fault_of_ours(governed: Cast, changes: dict[str, Any]) -> None:
    mine = another(governed)
    before = mine.content
    answer = change(governed, mine, **changes)
    assert answer.status_code == 400, answer.content
    assert fields(answer)
    assert (mine.content, mine.state) == (before, "draft")


def test_an_author_changes_their_draft_and_whoever_read_an_older_state_is_asked_to_read_again(governed: Cast) -> None:
    row = another(governed)
    tag = governed.governor.client().get(f"{API}{PATH}{row.pk}/")["ETag"]
    digest = row.digest
    assert change(governed, row, tag=tag, name="Another name").status_code == 200
    assert (row.name, row.version, row.digest == digest) == ("Another name", 2, False)
    assert row.digest == row.content_digest
    stale = change(governed, row, tag=tag, name="A third")
    assert (stale.status_code, row.name) == (412, "Another name")


def test_saying_the_same_again_changes_nothing(governed: Cast) -> None:
    row = another(governed)
    events = AuditEvent.objects.count()
    assert change(governed, row, name=row.name, parameters=row.parameters).status_code == 200
    assert (row.version, AuditEvent.objects.count()) == (1, events)


def test_what_was_tested_is_a_draft_again_once_its_text_is_another_one(governed: Cast) -> None:
    row = another(governed)
    CriterionVersion.objects.filter(pk=row.pk).update(state="tested")
    assert change(governed, row, name=row.name).status_code == 200
    assert row.state == "tested"
    assert change(governed, row, advice="Another advice.").status_code == 200
    assert row.state == "draft"


def test_nobody_writes_on_anothers_draft_or_on_what_was_shipped(governed: Cast) -> None:
    row = another(governed)
    assert change(governed, row, who="second_governor", name="Mine now").status_code == 403
    first = version("SW-01")
    assert change(governed, first, name="Mine now").status_code == 409
    assert "Mine now" not in {row.name, first.name}
    # Whoever goes on from it is the author of what they write, and its author may sign that.
    theirs = drafted(governed, who="second_governor", based_on=str(row.pk), name="Mine now")
    assert (theirs.author, theirs.number) == (governed.second_governor.user, 3)
    assert do(governed, "sign", theirs, waiver="read").status_code == 200


@pytest.mark.parametrize("state", ["signed", "active", "retired"])
def test_a_text_that_was_signed_does_not_change(governed: Cast, state: str) -> None:
    row = another(governed)
    assert do(governed, "sign", row, who="second_governor", waiver="read").status_code == 200
    for verb in {"signed": [], "active": ["activate"], "retired": ["retire"]}[state]:
        assert do(governed, verb, row, who="second_governor").status_code == 200
    answer = change(governed, row, name="Otherwise")
    assert answer.status_code == 409
    assert "write a new version" in answer.json()["detail"]
    assert (row.state, row.name) == (state, shipped("SW-01")["name"])


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 401), ("coordinator", 403), ("rheumatologist", 403), ("administrator", 403)]
)
def test_only_clinical_governance_writes(governed: Cast, who: str, status: int) -> None:
    base, count = str(version("SW-01").pk), CriterionVersion.objects.count()
    assert send(governed, PATH, {"based_on": base}, who=who).status_code == status
    assert change(governed, another(governed), who=who, name="Mine").status_code == status
    assert CriterionVersion.objects.count() == count + 1


def test_a_token_that_may_only_sign_does_not_write(governed: Cast) -> None:
    row = another(governed)
    governed.personas["signer"] = Persona(
        governed.governor.user, token_for(governed.governor.who, ("criteria.read", "criteria.sign"))
    )
    assert send(governed, PATH, {"based_on": str(row.pk)}, who="signer").status_code == 403
    assert change(governed, row, who="signer", name="Mine").status_code == 403


# In the admin.


def row_of(form: dict[str, str], name: str) -> str:
    """Under which prefix a number stands in a form."""
    return next(key.removesuffix("-name") for key, value in form.items() if key.startswith("param") and value == name)


def test_a_threshold_is_changed_in_the_admin_by_writing_a_new_version(governed: Cast) -> None:
    base, admin = version("SW-01"), browser(governed)
    assert "which stays as it is" in page(admin, at("new", base.pk))
    form = form_of({**base.content, "parameters": stricter(value="5"), "version": base.version})
    saved = admin.post(at("new", base.pk), form)
    row = version("SW-01", 2)
    assert (saved.status_code, saved["Location"]) == (302, at("change", row.pk))
    assert (row.author, row.based_on) == (governed.governor.user, base)
    assert row.content == {**base.content, "parameters": stricter(value="5")}


def test_a_wording_with_variants_goes_through_the_form_unchanged(governed: Cast) -> None:
    for base in CriterionVersion.objects.select_related("criterion"):
        form = form_of({**base.content, "version": base.version})
        saved = browser(governed).post(at("new", base.pk), form)
        assert saved.status_code == 302, (str(base), saved.content.decode()[:200])
        assert version(base.criterion.code, 2).content == base.content, str(base)


def test_a_new_criterion_is_written_in_the_admin(governed: Cast) -> None:
    form = form_of({"criterion": "LU-90", "group": "lung", "population": "any", "key": "", "excludes": [], **WORDING})
    assert browser(governed).post(at("add"), form).status_code == 302
    assert version("LU-90").parameters == WORDING["parameters"]


def test_a_draft_is_changed_in_the_admin_and_a_stale_page_overwrites_nothing(governed: Cast) -> None:
    row, admin = another(governed), browser(governed)
    form = form_of({**row.content, "name": "A better name", "version": row.version})
    assert admin.post(at("edit", row.pk), form).status_code == 302
    row.refresh_from_db()
    assert row.name == "A better name"
    again = admin.post(at("edit", row.pk), {**form, "name": "Overwritten"})
    assert "changed since you read it" in again.content.decode()
    row.refresh_from_db()
    assert row.name == "A better name"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"when": "latest(eat11) >= p.positive"}, "there is no instrument “eat11”"),
        ({"clears": "by_nobody"}, "by_nobody"),
        ({"asks": "slt, astrology"}, "There is no discipline “astrology”."),
        ({"act_within": "soon"}, "is no span"),
        ({"positive-value": "three"}, "is no number"),
        ({"positive-citation": ""}, "There is no source or statement “”."),
        ({"positive-name": "negative"}, "there is no parameter “positive”"),
        ({"version": "7"}, "changed since you read it"),
    ],
)
def test_what_cannot_be_meant_stands_beside_its_field_and_nothing_is_lost(
    governed: Cast, typed: dict[str, str], words: str
) -> None:
    row = another(governed)
    before = row.content
    form = form_of({**row.content, "name": "Typed with care", "version": row.version})
    form |= {name.replace("positive-", f"{row_of(form, 'positive')}-"): value for name, value in typed.items()}
    again = browser(governed).post(at("edit", row.pk), form)
    shown = again.content.decode()
    assert again.status_code == 200
    assert words in shown
    assert "Typed with care" in shown
    row.refresh_from_db()
    assert row.content == before


def test_more_rows_are_given_and_what_was_typed_stays(governed: Cast) -> None:
    row = another(governed)
    form = form_of({**row.content, "name": "Typed with care", "version": row.version}, do="more:parameters")
    shown = browser(governed).post(at("edit", row.pk), form).content.decode()
    assert f'name="parameters-{len(row.parameters) + 2}-name"' in shown
    assert "Typed with care" in shown
    row.refresh_from_db()
    assert row.name != "Typed with care"


@pytest.mark.parametrize("total", ["9" * 30, "-1", "x", "", "1000"])
def test_a_count_of_rows_that_is_none_is_no_fault_of_ours(governed: Cast, total: str) -> None:
    row = another(governed)
    for do_ in ("more:parameters", "save", "more:", "nonsense"):
        form = form_of({**row.content, "version": row.version}, **{"parameters-TOTAL_FORMS": total, "do": do_})
        assert browser(governed).post(at("edit", row.pk), form).status_code == 200


def test_a_row_that_was_emptied_takes_its_number_out(governed: Cast) -> None:
    row = another(
        governed, parameters={**stricter(), "spare": {"value": "1", "unit": "d", "citation": "LP", "mark": "LP"}}
    )
    form = form_of({**row.content, "version": row.version})
    form |= {f"{row_of(form, 'spare')}-{part}": "" for part in ("name", "value", "unit", "citation", "mark")}
    assert browser(governed).post(at("edit", row.pk), form).status_code == 302
    row.refresh_from_db()
    assert set(row.parameters) == set(stricter())


def test_the_same_name_for_two_numbers_is_refused(governed: Cast) -> None:
    row = another(governed)
    one = {"name": "positive", "value": "4", "unit": "{score}", "citation": "LP", "mark": "LP"}
    form, count = form_of({**row.content, "version": row.version}), len(row.parameters)
    form |= {f"parameters-{count}-{name}": value for name, value in one.items()}
    form["parameters-TOTAL_FORMS"] = str(count + 1)
    shown = browser(governed).post(at("edit", row.pk), form).content.decode()
    assert "This name stands there twice." in shown


@pytest.mark.parametrize("who", ["coordinator", "administrator"])
def test_whoever_only_reads_finds_no_way_to_write(governed: Cast, who: str) -> None:
    row, admin = version("SW-01"), browser(governed, who)
    shown = admin.get(at("change", row.pk)).content.decode()
    assert "Positive swallow screen" in shown
    for words in ("Write a new version", "Sign", "Test it", "Propose our own"):
        assert f">{words}</a>" not in shown
    for name in ("edit", "new"):
        assert admin.get(at(name, row.pk)).status_code == 403
        assert admin.post(at(name, row.pk), form_of(row.content)).status_code == 403
    assert admin.get(at("add")).status_code == 403
    assert CriterionVersion.objects.filter(number=2).count() == 0


def test_the_way_to_write_on_a_draft_stands_on_its_authors_page_only(governed: Cast) -> None:
    row = another(governed)
    assert at("edit", row.pk) in browser(governed).get(at("change", row.pk)).content.decode()
    theirs = browser(governed, "second_governor")
    assert at("edit", row.pk) not in theirs.get(at("change", row.pk)).content.decode()
    form = form_of({**row.content, "name": "Mine", "version": row.version})
    assert "Only its author writes on a draft" in theirs.post(at("edit", row.pk), form).content.decode()
