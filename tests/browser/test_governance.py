"""Clinical governance in a real browser: a number is changed, tried out, signed by somebody else, and switched on."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.test_coordinator import log_in
from tests.browser.test_thread import BASE, browser, watched, wrong

__all__ = ["browser", "wrong"]

DESK = {"width": 1280, "height": 900}
LIST = f"{BASE}/admin/escalation/criterionversion/"
#: A worker is at it meanwhile.
SOON = 60


def opened(browser: Browser, wrong: list[str], who: str) -> Page:
    page = watched(browser.new_context(viewport=DESK), wrong)  # type: ignore[arg-type]
    log_in(page, who)
    return page


def until_it_says(page: Page, words: str | re.Pattern[str]) -> None:
    """Read the page again until a worker has done its part."""
    for _ in range(SOON):
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError(f"the page never says “{words}”")


def test_a_threshold_is_changed_tried_out_signed_by_somebody_else_and_switched_on(
    browser: Browser, wrong: list[str]
) -> None:
    edda = opened(browser, wrong, "edda.falk")
    edda.goto(f"{LIST}?q=SW-01")
    edda.get_by_role("link", name="Positive swallow screen").click()
    expect(edda.get_by_text("latest(eat10) >= 3 {score}")).to_be_visible()
    edda.click("a:has-text('Write a new version')")
    condition = edda.locator("#id_when")
    good = condition.input_value()
    condition.fill(good.replace("eat10", "eat11"))
    expect(edda.get_by_text("there is no instrument “eat11”")).to_be_visible()
    expect(edda.locator("#id_when-check mark")).to_have_text("e")
    condition.fill(good)
    expect(edda.get_by_text("It can be read.")).to_be_visible()
    row = edda.locator("[data-row]", has=edda.locator("input[value=positive]"))
    row.locator("input[name$=-value]").fill("5")
    edda.click("button[value=save]")
    expect(edda.get_by_text("SW-01 version 2 is saved as a draft.")).to_be_visible()
    address = edda.url
    edda.click("a:text-is('Test it')")
    edda.click("button:text-is('Test it')")
    until_it_says(edda, "differs")
    edda.click("a:text-is('Backtest it')")
    edda.fill("#id_since", "2026-01-01")
    edda.click("button:text-is('Backtest it')")
    until_it_says(edda, re.compile(r"[0-9]+ times, for [0-9]+ patients"))
    edda.click("a:text-is('Sign')")
    edda.fill("#id_waiver", "I am sure.")
    edda.click("button:text-is('Sign')")
    expect(edda.get_by_text("Nobody signs what they wrote themselves.")).to_be_visible()

    vera = opened(browser, wrong, "vera.holt")
    vera.goto(address)
    vera.get_by_role("link", name="What this version changes of it").click()
    expect(vera.get_by_text("number positive: value")).to_be_visible()
    vera.goto(address)
    vera.click("a:text-is('Sign')")
    vera.fill("#id_waiver", "Agreed in our committee.")
    vera.click("button:text-is('Sign')")
    vera.click("a:text-is('Switch on')")
    vera.click("button:text-is('Switch on')")
    expect(vera.get_by_text("Active", exact=True).first).to_be_visible()
