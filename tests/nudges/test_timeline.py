"""What a matter's timeline tells: in order, who was asked, how mail left, who declined and why, who did what."""

from collections.abc import Sequence

import pytest

from apps.escalation.models import Escalation
from apps.workspace.timeline import Entry, matter_timeline
from tests.cast import Cast
from tests.nudges.house import (
    V1,
    Server,
    acknowledge,
    address,
    browser,
    climb_to_the_end,
    decline,
    hand_over,
    next_step,
    nudge_of,
    page,
    positive_screen,
    send_form,
    token_in,
)
from tests.nudges.story import TYPED, tell
from tests.thread.conftest import work


def timeline(matter: Escalation) -> list[Entry]:
    return matter_timeline(Escalation.objects.select_related("criterion_version__criterion").get(pk=matter.pk))


def in_order(entries: Sequence[Entry], *wanted: str) -> None:
    """Each is said, one after the other."""
    said = [f"{entry.words} | {entry.detail}" for entry in entries]
    at = 0
    for words in wanted:
        found = next((place for place in range(at, len(said)) if words in said[place]), None)
        assert found is not None, (words, said)
        at = found + 1


@pytest.fixture
def matter(clinic: Cast, postbox: Server) -> Escalation:
    """Declined by the first, offered by the second, taken by the third by link, acted upon, and read about."""
    matter = positive_screen(clinic)
    nudge = nudge_of(matter)
    next_step(nudge)
    decline(clinic, nudge, "covering", "I am in the theatre")
    work()
    hand_over(clinic, nudge, "coordinator", "rheumatologist", "You saw her on Friday")
    work()
    browser().post(f"/n/{token_in(postbox.to(address('rheumatologist'))[-1])}/")
    send_form(browser(clinic.rheumatologist), f"/matters/{matter.pk}/act/", words="Examined her; thickened fluids")
    work()
    send_form(browser(clinic.covering), "/inbox/", notice="all")
    matter.refresh_from_db()
    return matter


def test_the_timeline_tells_the_story_in_order(matter: Escalation) -> None:
    in_order(
        timeline(matter),
        "SW-01 Positive swallow screen (urgent) opened",
        "Covering was asked",
        "Rheumatologist was informed; no action needed",
        "E-mail to Covering left (asked)",
        "Covering was reminded",
        "E-mail to Covering left (reminded)",
        "Covering cannot take it | I am in the theatre",
        "Coordinator was asked",
        "E-mail to Coordinator left (asked)",
        "Coordinator offers it to Rheumatologist | You saw her on Friday",
        "Offered to Rheumatologist",
        "E-mail to Rheumatologist left (offered)",
        "Rheumatologist has it | by link in the mail",
        "Rheumatologist recorded what was done | Examined her; thickened fluids",
        "Covering was told what became of it",
        "E-mail to Covering left (what became of it)",
        "Covering has read what they were told",
    )


def test_its_times_never_run_backwards(matter: Escalation) -> None:
    times = [entry.at for entry in timeline(matter)]
    assert times == sorted(times)


def test_it_says_why_it_was_them(matter: Escalation) -> None:
    entries = timeline(matter)
    in_order(entries, "Covering stands in for a member of the care team", "Coordinator coordinates the site")


def test_each_thing_is_told_once(matter: Escalation) -> None:
    words = [(entry.words, entry.detail, entry.at) for entry in timeline(matter)]
    assert len(words) == len(set(words))
    said = [entry.words for entry in timeline(matter)]
    assert said.count("Rheumatologist has it") == 1
    assert said.count("E-mail to Covering left (asked)") == 1


def test_it_says_what_was_opened_on_which_grounds(matter: Escalation) -> None:
    first = timeline(matter)[0]
    assert "8" in first.detail


def test_the_page_and_the_door_show_the_same_story(matter: Escalation, clinic: Cast) -> None:
    shown = clinic.rheumatologist.client().get(f"{V1}escalations/{matter.pk}/timeline/").json()
    entries = timeline(matter)
    assert [one["words"] for one in shown] == [one.words for one in entries]
    said = page(browser(clinic.rheumatologist), f"/matters/{matter.pk}/")
    places = [said.index("What happened so far"), said.index("I am in the theatre"), said.rindex("thickened fluids")]
    assert places == sorted(places)


@pytest.mark.parametrize("who", ["stranger", "coordinator_elsewhere"])
def test_a_stranger_finds_no_timeline(matter: Escalation, clinic: Cast, who: str) -> None:
    answer = clinic.personas[who].client().get(f"{V1}escalations/{matter.pk}/timeline/")
    assert answer.status_code == 404


def test_it_tells_of_those_who_could_not_be_asked_and_of_refused_mail(clinic: Cast, postbox: Server) -> None:
    postbox.refuse(address("covering"), "550 5.1.1 No such user")
    matter = positive_screen(clinic)
    in_order(
        timeline(matter),
        "Covering was asked",
        "E-mail to Covering was refused | 550 5.1.1 No such user",
        "Coordinator was asked",
        "E-mail to Coordinator left (asked)",
    )


def test_it_tells_that_a_mail_was_not_needed_any_more(clinic: Cast, postbox: Server) -> None:
    postbox.stop()
    matter = positive_screen(clinic)
    acknowledge(clinic, nudge_of(matter), "covering")
    postbox.start()
    said = [entry.words for entry in timeline(matter)]
    assert "Covering has it" in said
    assert "E-mail to Covering left (asked)" not in said


def test_it_tells_when_nobody_is_left(clinic: Cast) -> None:
    matter = positive_screen(clinic)
    climb_to_the_end(nudge_of(matter))
    in_order(timeline(matter), "Covering was asked", "Coordinator was asked", "Nobody is left to ask")
    assert [entry.words for entry in timeline(matter)].count("Nobody is left to ask") == 1


def test_a_long_story_is_told_with_the_words_that_people_typed(clinic: Cast) -> None:
    story = tell(clinic)
    entries = timeline(story.screen)
    in_order(
        entries,
        "SW-01 Positive swallow screen (urgent) opened",
        "Covering was reminded",
        f"Covering offers it to Rheumatologist | {TYPED}",
        f"Rheumatologist cannot take it | {TYPED}",
        f"Covering cannot take it | {TYPED}",
        "Rheumatologist said again that it is met",
        "It presses harder: emergency",
        "Coordinator has it",
        "The time to act has passed: it is open again",
        f"Rheumatologist recorded what was done | {TYPED}",
    )
    times = [entry.at for entry in entries]
    assert times == sorted(times)


def test_a_closed_matter_says_by_whom_and_why(clinic: Cast) -> None:
    matter = positive_screen(clinic)
    send_form(browser(clinic.covering), f"/matters/{matter.pk}/close/", reason="A slip of the pen")
    ends = [entry for entry in timeline(matter) if entry.words.startswith("Closed")]
    assert [(entry.words.endswith("by Covering"), entry.detail) for entry in ends] == [(True, "A slip of the pen")]
