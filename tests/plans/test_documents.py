"""A plan on paper: what stands on it, for whom, in which letters; that nothing on it holds which nobody has approved. The story
is J01 of the clinical sheet (section E), with its numbers.
"""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest

from apps.accounts.actors import Careteam
from apps.common.clock import app_now
from apps.knowledge.models import Instrument, Intervention, MedicineEffect, Panel
from apps.patients import operations as patients
from apps.patients.models import Identifier
from apps.plans import operations
from apps.plans.models import MedicationItem, PlanVersion
from apps.plans.reading import Whole
from apps.plans.summaries import Template, gather, render
from apps.plans.summaries.lay import LAY, MAY
from apps.plans.summaries.words import unit_of
from apps.teams import operations as teams
from apps.teams.models import Membership
from tests.cast import Cast
from tests.plans.house import Story, daily, dosed, moment, weekly
from tests.plans.printing import BLOODS, begun, begun_plan, first_plan, followed, printed

pytestmark = pytest.mark.django_db
BAND = "NOT APPROVED FOR USE"
BOTH = list(Template)


def test_the_summary_for_the_record_says_who_what_since_when_and_who_approved_it(cast: Cast) -> None:
    numbers = [{"system": "https://linden.example/mrn", "value": value} for value in ("L-77321", "L-OLD")]
    story = begun(cast, identifiers=numbers)
    patients.retire_identifier(identifier=Identifier.objects.get(value="L-OLD"), by=cast.by, at=moment("2026-01-05"))
    version = followed(story, first_plan(story, summary="Begin with steroid and methotrexate."))
    paper = printed(version, Template.CLINICAL)
    for words in (
        "Jone, Test", "born 1 August 1971", "L-77321", "Linden", "Version 1", "Active", "followed since 5 January 2026",
        f"by {cast.rheumatologist.who.name} on 5 January 2026", version.digest[:12], "Begin with steroid and methotrexate.",
        "60 mg once a day", "10 mg once a week", "5 mg once a week", "ONCE A WEEK, not daily", "5 Jan 2026",
        "careteam informs; it does not prescribe.", "Rheumatology",
    ):  # fmt: skip
        assert words in paper.text, words
    assert BAND not in paper.text
    assert "L-OLD" not in paper.text
    assert version.digest[:13] not in paper.text


def test_every_source_has_its_say_with_the_arithmetic_where_the_dose_is_outside(cast: Cast) -> None:
    story = begun(cast)
    text = printed(followed(story, first_plan(story)), Template.CLINICAL).text
    # 60 mg at 70 kg are 0.86 mg/kg: within S2-19 (0.75 to 1), below S0-06 (1 to 2). D-01.
    assert re.search(r"Sources: Below S0-06[^:]*: 60 mg/day ÷ 70 kg = 0\.86 mg/kg/day; the source says 1 to 2", text)
    assert re.search(r"\. Within [^.]*S2-19", text)


def test_a_warning_stands_on_paper_with_its_reason_and_whose_it_is(cast: Cast) -> None:
    story = begun(cast, weight=52)
    plan = story.plan("2026-01-05", dosed("hydroxychloroquine", "200", "mg", 2, 1, "d"))
    assert "REASON NOT WRITTEN DOWN" in printed(story.latest(plan), Template.CLINICAL).text
    assert "Eye examination" in printed(story.latest(plan), Template.CLINICAL).text
    warning = story.latest(plan).warnings.get(code="over_limit")
    at = moment("2026-01-06")
    operations.explain(row=warning, by=cast.rheumatologist.actor, at=at, reason="Four weeks only.")
    text = printed(story.latest(plan), Template.CLINICAL).text
    # DS-07: 400 mg at 52 kg are 7.69 mg/kg, and 5 are not to be passed.
    assert "400 mg/day ÷ 52 kg = 7.69 mg/kg/day" in text
    assert "Four weeks only." in text
    assert f"({cast.rheumatologist.who.name}, 6 Jan 2026)" in text


def test_a_prerequisite_that_has_come_since_is_not_printed_as_missing(cast: Cast) -> None:
    story = begun(cast)
    plan = story.plan("2026-01-05", daily("azathioprine", "50"))
    assert "TPMT: missing" in printed(story.latest(plan), Template.CLINICAL, "2026-01-05").text
    story.record("2026-01-06", tpmt="intermediate")
    assert "TPMT: missing" not in printed(story.latest(plan), Template.CLINICAL, "2026-01-07").text


def in_state(story: Story, state: str) -> PlanVersion:
    """A version that has come to a state."""
    plan = first_plan(story)
    version, at = story.latest(plan), moment("2026-01-07")
    if state == "proposed":
        return version
    if state == "withdrawn":
        return operations.withdraw(plan_version=version, by=Careteam(at=at), at=at, reason="Not now")
    version = followed(story, plan) if state in {"superseded", "stopped"} else version
    if state == "superseded":
        story.propose("2026-01-07", plan, daily("prednisone", "50"))
        followed(story, plan, "2026-01-07")
    elif state == "stopped":
        operations.stop_plan(plan=plan, by=Careteam(at=at), at=at, reason="Moved away")
    else:
        for row in version.warnings.filter(needs_reason=True):
            operations.explain(row=row, by=Careteam(at=at), at=at, reason="Meant.")
        version = story.approve("2026-01-07", version)
    return version


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("proposed", "Proposed only: nobody has approved it."), ("approved", "and not followed yet"),
        ("withdrawn", "Withdrawn on 7 January 2026. Not now."), ("superseded", "Replaced by a later version on 7 January 2026."),
        ("stopped", "Stopped on 7 January 2026. Moved away."),
    ],
)  # fmt: skip
def test_whatever_is_not_followed_says_so_in_a_band_on_both_papers(cast: Cast, state: str, words: str) -> None:
    version = in_state(begun(cast), state)
    version.refresh_from_db()
    assert version.state == state
    for template in BOTH:
        text = printed(version, template).text
        assert BAND in text
        assert words in text


def test_nothing_is_due_any_more_of_a_version_that_was_replaced(cast: Cast) -> None:
    story = begun(cast)
    first = in_state(story, "superseded")
    now = PlanVersion.objects.get(plan=first.plan, state="active")
    first.refresh_from_db()
    for template, words in (
        (Template.CLINICAL, "Reviews of the response"),
        (Template.PLAIN, "When we look whether it has helped"),
    ):
        assert words in printed(now, template).text
        assert words not in printed(first, template).text
    assert "Due next" not in printed(first, Template.CLINICAL).text


def test_every_further_page_names_the_patient_and_carries_the_band(cast: Cast) -> None:
    story = begun(cast)
    goals = [{"text": f"Goal {index}: {'something that takes some words to say ' * 4}"} for index in range(40)]
    paper = printed(story.latest(first_plan(story, goals=goals)), Template.CLINICAL)
    assert len(paper.pages) > 1
    assert paper.text.count(f"{BAND} · Jone, Test, born 1 August 1971 · Version 1") == len(paper.pages) - 1


def test_a_usual_plan_of_six_medicines_is_one_page(cast: Cast) -> None:
    story = begun(cast)
    more = [
        dosed("hydroxychloroquine", "200", "mg", 1, 1, "d", indication="Rash"),
        dosed("colecalciferol", "20", "ug", 1, 1, "d", indication="Keeps out of the sun"),
        dosed("ivig", "2", "g/kg", 1, 4, "wk", route="iv", basis="course", course_days=2, line=3),
    ]
    goals = [
        {"text": "Climb the stairs", "instrument": Instrument.objects.get(code="mmt8_150"), "comparison": "at_least",
         "target": Decimal(142), "due_on": date(2026, 6, 30)},
    ]  # fmt: skip
    beside = [{"intervention": Intervention.objects.get(code="physiotherapy"), "instructions": "Strength"}]
    version = followed(story, first_plan(story, *more, goals=goals, interventions=beside))
    story.record("2026-01-30", mmt8_150=124)
    paper = printed(version, Template.CLINICAL)
    assert len(paper.pages) == 1
    for words in (
        "20 µg once a day",
        "2 g/kg over 2 days, once every 4 weeks",
        "Due next",
        "Full blood count",
        "Physiotherapy",
    ):
        assert words in paper.text, words
    # From 112 to 142 are 30 points; 12 of them are done.
    assert "aim at least 142; 112 at the start, 124 on 30 Jan 2026. 40 % of the way." in paper.text


MARKUP = "#Al*ber_s $x$ `r` [b] @c <d> \\e //f 'g' ~h"


def test_what_people_typed_is_printed_as_it_is_and_never_read_as_markup(cast: Cast) -> None:
    story = begun(cast, family=MARKUP)
    version = story.latest(first_plan(story, goals=[{"text": "Reach #set page(fill: black) *soon*"}]))
    for template in BOTH:
        text = printed(version, template).text
        assert MARKUP in text
        assert "Reach #set page(fill: black) *soon*" in text


@pytest.mark.parametrize(
    "letters", ["Müß-Ägöü", "Çağrıİşık ĞÜŞ", "Žluťoučký Dvořáková ěščřý", "Łukasz Gżegżółka", "Ελένη", "Иван"]
)
def test_the_letters_of_europe_are_printed_without_fonts_of_the_machine(cast: Cast, letters: str) -> None:
    story = begun(cast, family=letters)
    version = story.latest(first_plan(story, goals=[{"text": "µ ² ≥ ≤ ÷ × – € ½ ₂"}]))
    for template in BOTH:
        text = printed(version, template).text
        assert letters in text
        assert "µ ² ≥ ≤ ÷ × – € ½ ₂" in text
        assert "may be missing" not in text


def test_a_letter_that_cannot_be_printed_is_never_missing_silently(cast: Cast) -> None:
    # A character of nobody's alphabet (private use), which no font can have.
    version = begun_plan(begun(cast, family="A\ue000B"))
    assert "Characters may be missing here" in printed(version, Template.CLINICAL).text
    assert "Some letters may be missing here" in printed(version, Template.PLAIN).text


def test_a_character_that_turns_the_direction_of_writing_is_left_out(cast: Cast) -> None:
    version = begun_plan(begun(cast, family="Ab\u202e51\u202cCd"))
    assert "Ab51Cd, Test" in printed(version, Template.CLINICAL).text


def test_the_patient_reads_what_to_take_what_it_does_what_is_due_and_whom_to_ask(cast: Cast) -> None:
    story = begun(cast)
    version = followed(story, first_plan(story))
    story.record("2026-01-30", **BLOODS)
    story.look("2026-02-01")
    text = printed(version, Template.PLAIN, "2026-02-01").text
    for words in (
        "Test Jone", "60 mg once a day", "10 mg once a week", "may help to calm inflammation", "thin bones (osteoporosis)",
        # MO-01: thirty days after the last bloods.
        "Blood test: liver : due on 1 March 2026",
        # S0-07: six weeks after the start.
        "Prednisone : 16 February 2026",
        "Your care team at Linden: Rheumatology.", "In an emergency call your local emergency number.",
    ):  # fmt: skip
        assert words in text, words
    assert "1971" not in text
    assert "S0-06" not in text


def test_whom_to_ask_is_the_team_of_the_day_on_which_it_is_printed(cast: Cast) -> None:
    story = begun(cast)
    version = begun_plan(story)
    row = Membership.objects.get(care_team__patient=story.patient)
    teams.end_membership(membership=row, by=cast.by, at=app_now())
    text = printed(version, Template.PLAIN, f"{app_now() + timedelta(days=1):%Y-%m-%d}").text
    assert "Your care team at Linden. Ask them" in text
    assert "Rheumatology" not in text


def test_what_is_taken_weekly_says_so_and_that_it_is_not_daily(cast: Cast) -> None:
    story = begun(cast)
    text = printed(begun_plan(story), Template.PLAIN).text
    # Methotrexate and folic acid; prednisone is taken every day.
    assert text.count("Once a week, on the same day, not every day.") == 2
    assert re.search(r"10 mg once a week \. Once a week, on the same day, not every day\.", text)
    assert not re.search(r"60 mg once a day \. Once a week", text)


def test_a_weekly_medicine_that_is_taken_more_rarely_is_not_called_weekly(cast: Cast) -> None:
    story = begun(cast)
    plan = story.plan("2026-01-05", weekly("methotrexate", "10"), weekly("folic_acid", "5"))
    # It is not proposed so any more; what stands there is printed as it stands.
    MedicationItem.objects.filter(version__plan=plan, medicine__code="methotrexate").update(period=2)
    plain, clinical = (printed(story.latest(plan), template).text for template in (Template.PLAIN, Template.CLINICAL))
    assert "10 mg once every 2 weeks . Not every day: only as often as it says here." in plain
    assert plain.count("Once a week, on the same day") == clinical.count("ONCE A WEEK, not daily") == 1
    assert "NOT DAILY" in clinical


def test_the_paper_for_the_patient_has_no_number_that_is_not_the_plan_s(cast: Cast) -> None:
    story = begun(cast)
    every = [weekly("methotrexate", "10"), weekly("folic_acid", "5"), daily("co_trimoxazole", "480"), daily("tacrolimus", "2"),
             dosed("ivig", "2", "g/kg", 1, 4, "wk", route="iv", basis="course", course_days=2)]  # fmt: skip
    version = followed(story, story.plan("2026-01-05", *every))
    paper = printed(version, Template.PLAIN)
    due = {day for row in story.look("2026-02-01").values() for day in (row.due_on, row.overdue_from)}
    days = {*due, *(row.due_on for row in version.plan.reviews.all()), date(2026, 2, 1), date(2026, 1, 5)}
    known = {"10", "5", "480", "2", "4"} | {str(part) for day in days for part in (day.day, day.year)}
    # The number of the page, where there are several.
    known |= {str(index) for index in range(1, len(paper.pages) + 1)}
    assert set(re.findall(r"\d+", paper.text)) <= known
    assert "interleukin" not in paper.text


def test_a_medicine_that_has_stopped_is_named_as_one_not_to_take(cast: Cast) -> None:
    story = begun(cast)
    plan = first_plan(story)
    before = followed(story, plan)
    row = before.medicationitems.get(medicine__code="methotrexate")
    stopped = weekly(
        "methotrexate",
        "10",
        item_id=row.item_id,
        starts_on=row.starts_on,
        stops_on=date(2026, 1, 20),
        stop_reason="Cough",
    )
    story.propose("2026-01-20", plan, daily("prednisone", "60"), stopped)
    version = followed(story, plan, "2026-01-20")
    plain, clinical = (printed(version, template).text for template in (Template.PLAIN, Template.CLINICAL))
    assert "What you do not take any more • Methotrexate : the last day was 20 January 2026." in plain
    assert "Once a week" not in plain
    assert "STOPPED , last day 20 Jan 2026" in clinical
    assert "stopped: Cough" in clinical


def test_a_medicine_without_a_dose_is_not_to_be_taken_yet(cast: Cast) -> None:
    story = begun(cast)
    plan = story.plan("2026-01-05", {"medicine": weekly("methotrexate", "10")["medicine"], "route": "oral"})
    assert "no dose yet" in printed(story.latest(plan), Template.CLINICAL).text
    assert (
        "Your dose is not set yet. Ask your care team before you take it."
        in printed(story.latest(plan), Template.PLAIN).text
    )


def test_the_dose_by_weight_of_a_patient_is_left_to_the_team_to_say(cast: Cast) -> None:
    story = begun(cast)
    plan = story.plan("2026-01-05", daily("prednisolone", "1", "mg/kg"))
    text = printed(story.latest(plan), Template.PLAIN).text
    assert "1 mg/kg once a day . Ask your care team how much that is for you." in text


def test_plain_words_are_of_names_that_knowledge_has(cast: Cast) -> None:
    names = {*MedicineEffect.objects.values_list("name", flat=True), *Panel.objects.values_list("name", flat=True)}
    assert {*LAY, *MAY} <= names


def test_units_are_written_as_people_write_them(cast: Cast) -> None:
    def written(code: str) -> str:
        return unit_of(Instrument.objects.get(code=code))

    codes = ("weight", "egfr", "sbp", "mip", "creatinine", "plt", "phga", "mmt8_150")
    shown = ["kg", "mL/min/1.73 m²", "mmHg", "cmH₂O", "µmol/L", "10⁹/L", "cm", ""]
    assert [written(code) for code in codes] == shown


def test_the_same_facts_at_the_same_moment_are_the_same_bytes(cast: Cast) -> None:
    story = begun(cast)
    row = PlanVersion.objects.select_related("plan__patient__site", "plan__pathway").get(pk=begun_plan(story).pk)
    at = moment("2026-02-01")
    for template in BOTH:
        assert render(template, gather(Whole(row, at)), at) == render(template, gather(Whole(row, at)), at)
