"""A speech therapist on a phone, and the coordinator at a desk: the thread in a real browser, against a running demo."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from apps.workspace.demo import PASSWORD
from tests.browser.test_coordinator import QUIET

BASE = os.environ.get("BASE_URL", "")
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=QUIET)
        yield found
        found.close()


@pytest.fixture
def wrong() -> Iterator[list[str]]:
    """What must stay empty: errors of the console, answers of 400 and more, requests to anybody else."""
    found: list[str] = []
    yield found
    assert found == []


def watched(context: BrowserContext, wrong: list[str]) -> Page:
    page = context.new_page()
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    page.on(
        "request", lambda asked: None if asked.url.startswith((BASE, "data:", "about:")) else wrong.append(asked.url)
    )
    return page


def log_in(page: Page, username: str) -> None:
    page.goto(f"{BASE}/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button:has-text('Log in')")


def no_sideways_scrolling(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def record(context: BrowserContext, number: int, value: int) -> None:
    """As the person logged in: a swallow screen for one of their patients."""
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken")
    patient = context.request.get(f"{BASE}/api/v1/patients/?limit=5").json()["results"][number]["id"]
    body = {"patient": patient, "instrument": "eat10", "value": value, "effective_at": datetime.now(UTC).isoformat()}
    headers = {"X-CSRFToken": token, "Referer": BASE}
    assert context.request.post(f"{BASE}/api/v1/observations/", data=body, headers=headers).status == 201


def test_from_the_mail_on_a_phone_to_what_was_done(browser: Browser, wrong: list[str]) -> None:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = watched(context, wrong)
    log_in(page, "ayla.demir")
    expect(page.get_by_text("Nobody is waiting for your answer.")).to_be_visible()
    record(context, 0, 8)
    mailbox = watched(browser.new_context(viewport=PHONE), wrong)  # type: ignore[arg-type]
    mailbox.goto(f"{BASE}/demo/mailbox/")
    for _ in range(50):
        if mailbox.locator("a.row:has-text('Urgent: Positive swallow screen')").count():
            break
        mailbox.wait_for_timeout(200)
        mailbox.reload()
    mailbox.click("a.row:has-text('Urgent: Positive swallow screen') >> nth=0")
    no_sideways_scrolling(mailbox)
    text = mailbox.inner_text("pre")
    assert "Albers" not in text
    link = re.search(r"http://\S+/n/\S+", text)
    assert link is not None
    mailbox.goto(link.group(0))
    expect(mailbox.get_by_text("Nothing has happened yet.")).to_be_visible()
    assert "Albers" not in mailbox.content()
    no_sideways_scrolling(mailbox)
    mailbox.click("button:has-text('I have it')")
    expect(mailbox.get_by_text("It is yours now.")).to_be_visible()
    page.goto(f"{BASE}/inbox/")
    expect(page.get_by_role("heading", name="You have these")).to_be_visible()
    no_sideways_scrolling(page)
    page.click("a.row:has-text('Albers')")
    expect(page.get_by_text("born 1 July 1959")).to_be_visible()
    no_sideways_scrolling(page)
    page.click("text=Record what was done")
    page.fill("textarea", "Seen today; thickened fluids.")
    page.click("button:has-text('Record it')")
    expect(page.locator("p.done")).to_contain_text("Seen today; thickened fluids.")
    page.goto(f"{BASE}/inbox/")
    expect(page.get_by_text("Nobody is waiting for your answer.")).to_be_visible()


def test_declining_without_a_reason_is_said_beside_the_field_and_with_one_asks_the_next(
    browser: Browser, wrong: list[str]
) -> None:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = watched(context, wrong)
    log_in(page, "ayla.demir")
    record(context, 1, 9)
    row = page.locator("a.row:has-text('Baumann')")
    for _ in range(50):
        page.goto(f"{BASE}/inbox/")
        if row.count():
            break
        page.wait_for_timeout(200)
    row.click()
    page.click("text=I cannot take it")
    page.click("button:has-text('Decline')")
    expect(page.get_by_text("This field is required.")).to_be_visible()
    assert [text for text in wrong if "400" in text]
    wrong.clear()
    page.fill("textarea", "On a course until Thursday.")
    page.click("button:has-text('Decline')")
    expect(page.get_by_text("Asked now: Tomás Ruiz")).to_be_visible()
    desk = watched(browser.new_context(viewport={"width": 1280, "height": 860}), wrong)
    log_in(desk, "mara.lindqvist")
    desk.goto(f"{BASE}/admin/escalation/escalation/")
    desk.click("tr:has-text('Baumann') a >> nth=0")
    expect(desk.get_by_text("Ayla Demir cannot take it")).to_be_visible()
    expect(desk.get_by_text("On a course until Thursday.")).to_be_visible()
    expect(desk.get_by_text("Tomás Ruiz was asked (Speech and language therapy)")).to_be_visible()


def test_a_member_of_no_team_finds_nothing(browser: Browser) -> None:
    page = browser.new_context(viewport=PHONE).new_page()  # type: ignore[arg-type]
    log_in(page, "nils.berg")
    expect(page.get_by_text("Nobody is waiting for your answer.")).to_be_visible()
    assert page.locator("a.row").count() == 0
