"""The language of criteria as a page: the same words as in the code, for whoever may read criteria."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.permissions import Role
from apps.escalation.language import FLAGS, VOCABULARY
from apps.escalation.models import CriterionVersion
from tests.access.exchanges import drafted
from tests.cast import Cast
from tests.nudges.house import browser
from tests.workspace.house import words

PATH = "/criteria/language/"


@pytest.mark.parametrize("name", ["governor", "coordinator", "rheumatologist", "stranger", "administrator"])
def test_whoever_reads_criteria_reads_every_word_and_flag_with_its_example(cast: Cast, name: str) -> None:
    cast.person("governor", Role.GOVERNANCE)
    shown = words(browser(cast.personas[name]), PATH)
    told = [(one.meaning, one.example) for one in VOCABULARY.values()]
    for meaning, example in [*told, *[(one.meaning, one.example) for one in FLAGS.values()]]:
        assert meaning in shown
        assert example in shown
    assert "There is no arithmetic" in shown
    assert "Unknown never fires" in shown


def test_somebody_without_any_role_is_told_that_it_is_not_for_them(cast: Cast) -> None:
    answer = browser(cast.person("roleless", None)).get(PATH)
    assert answer.status_code == 403
    assert "latest(" not in answer.content.decode()


def test_somebody_who_is_not_signed_in_goes_to_the_log_in(cast: Cast) -> None:
    answer = browser().get(PATH)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login/?next=%2Fcriteria%2Flanguage%2F")


def test_nothing_can_be_sent_to_it(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.coordinator.who)
    assert client.post(PATH).status_code == 403


def test_whoever_writes_a_criterion_in_the_admin_is_led_to_it(cast: Cast) -> None:
    drafted(cast)
    cast.person("governor", Role.GOVERNANCE)
    client = Client()
    client.force_login(cast.governor.who)
    version = CriterionVersion.objects.first()
    assert version is not None
    shown = client.get(reverse("admin:escalation_criterionversion_change", args=[version.pk])).content.decode()
    assert f'href="{PATH}"' in shown
