"""No mail says who the patient is, whatever people type and wherever: subject, text, HTML, headers and links."""

import re

import pytest
from django.core import signing

from apps.nudges.links import SALT
from apps.nudges.models import Delivery
from tests.cast import Cast
from tests.nudges.house import LINK, Server, body_of
from tests.nudges.story import BORN, FAMILY, GIVEN, NUMBER, Story, tell

DATES = [f"{BORN:%Y-%m-%d}", f"{BORN:%d.%m.%Y}", f"{BORN:%d/%m/%Y}", f"{BORN:%m/%d/%Y}", f"{BORN:%B}", "3 Nov", "1957"]


@pytest.fixture
def told(clinic: Cast, postbox: Server) -> Story:
    return tell(clinic)


def everything(postbox: Server) -> list[tuple[str, str]]:
    """Every header and every part of every mail, decoded."""
    found: list[tuple[str, str]] = []
    for mail in postbox.mails:
        found += [(f"{name} of {mail['Subject']}", str(value)) for name, value in mail.items()]
        for kind in ("plain", "html"):
            found.append((f"{kind} of {mail['Subject']}", body_of(mail, kind)))
        for part in mail.walk():
            found += [(f"{name} of a part", str(value)) for name, value in part.items()]
        found.append((f"raw {mail['Subject']}", mail.as_string()))
    return found


def test_the_story_sends_every_kind_of_mail_for_every_kind_of_end(told: Story, postbox: Server) -> None:
    """Or the other tests would show nothing."""
    rows = Delivery.objects.filter(channel="email", state="sent", nudge__patient=told.patient)
    assert set(rows.values_list("kind", flat=True)) == {"ask", "reminder", "offer", "inform", "told"}
    assert set(rows.values_list("severity", flat=True)) == {"urgent", "emergency"}
    assert set(rows.values_list("nudge__state", flat=True)) == {"actioned", "cancelled"}
    assert rows.count() == len(postbox.mails)


def test_no_mail_says_who_the_patient_is(told: Story, postbox: Server) -> None:
    names = [FAMILY, "Quarkenbr", GIVEN, NUMBER]
    numbers = re.compile("|".join(rf"\b{re.escape(one)}\b" for one in ["774411", *DATES]))
    for where, text in everything(postbox):
        for name in names:
            assert name.lower() not in text.lower(), (name, where)
        if not where.startswith("raw"):  # in which any digits may follow each other
            assert numbers.search(LINK.sub("", text)) is None, where


def test_no_mail_holds_the_id_of_the_patient(told: Story, postbox: Server) -> None:
    ids = {str(told.patient.pk), told.patient.pk.hex}
    for where, text in everything(postbox):
        assert not any(one in text for one in ids), where
        for token in LINK.findall(text) if where.startswith(("plain", "html")) else []:
            assert not any(one in str(signing.loads(token, salt=SALT)) for one in ids), where


def test_whoever_is_asked_gets_one_link_of_their_own_in_each_mail(told: Story, postbox: Server) -> None:
    tokens = [set(LINK.findall(body_of(mail, "plain"))) for mail in postbox.mails]
    assert all(len(one) <= 1 for one in tokens)
    given = [token for one in tokens for token in one]
    assert len(given) == len(set(given)) > 0
    for mail in postbox.mails:
        assert set(LINK.findall(body_of(mail, "html"))) == set(LINK.findall(body_of(mail, "plain")))
