"""The coordinator's first hour, in a real browser, against a running demo."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from apps.workspace.demo import PASSWORD

BASE = os.environ.get("BASE_URL", "")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page() -> Iterator[Page]:
    """A page, whose test fails when anything on the way answered with an error or wrote one to the console."""
    wrong: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on(
            "response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None
        )
        page.on("request", lambda asked: None if asked.url.startswith((BASE, "data:")) else wrong.append(asked.url))
        yield page
        browser.close()
    assert wrong == []


def log_in(page: Page, username: str) -> None:
    page.goto(f"{BASE}/admin/")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")


def test_a_coordinator_registers_a_patient_finds_them_and_forms_their_team(page: Page) -> None:
    log_in(page, "mara.lindqvist")
    expect(page.get_by_text("Demo: invented people only", exact=True)).to_be_visible()
    page.goto(f"{BASE}/admin/patients/patient/add/")
    for name, value in (("family_name", "Falk"), ("given_name", "Ida"), ("birth_date", "03/04/1980")):
        page.fill(f"[name={name}]", value)
    page.select_option("[name=gender]", "female")
    page.select_option("[name=onset]", "adult")
    page.select_option("[name=site]", label="Linden Hospital")
    page.click("button[name=_save]")
    page.fill("[name=private_q]", "fal")
    page.press("[name=private_q]", "Enter")
    expect(page.get_by_text("Falk, Ida")).to_be_visible()
    assert "fal" not in page.url
    page.click("text=Falk, Ida")
    page.click("text=Form a care team")
    page.click("button[name=_continue]")
    page.click("text=Add a member")
    page.select_option("[name=member]", label="Ayla Demir")
    page.select_option("[name=role]", "lead")
    page.click("button[type=submit]:has-text('Add a member')")
    expect(page.get_by_text("Add a member: done.")).to_be_visible()
    expect(page.get_by_role("link", name="Ayla Demir").first).to_be_visible()


def test_another_sites_coordinator_sees_nobody(page: Page) -> None:
    log_in(page, "otto.brandt")
    page.goto(f"{BASE}/admin/patients/patient/")
    expect(page.get_by_text("Albers")).to_have_count(0)


@pytest.mark.parametrize(
    "address",
    ["/admin/teams/member/", "/admin/teams/oncall/add/", "/admin/knowledge/discipline/", "/admin/audit/auditevent/"],
)
def test_pages_load_without_an_error_and_without_the_internet(page: Page, address: str) -> None:
    log_in(page, "mara.lindqvist")
    page.goto(BASE + address)
    expect(page.locator("#content")).to_be_visible()


def test_the_api_documentation_is_read_without_the_internet(page: Page) -> None:
    page.goto(f"{BASE}/api/v1/docs/")
    # The page draws what is scrolled to, so the first address is the one that is there.
    expect(page.get_by_text("/api/v1/antibodies/", exact=True).first).to_be_visible(timeout=20_000)
