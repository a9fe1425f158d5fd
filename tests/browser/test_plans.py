"""The ladder in a real browser: a rheumatologist holds a review on the phone, the coordinator sees what follows at the desk."""

from playwright.sync_api import Browser, expect

from tests.browser.test_coordinator import log_in as log_in_to_admin
from tests.browser.test_thread import BASE, PHONE, browser, log_in, no_sideways_scrolling, watched, wrong

__all__ = ["browser", "wrong"]


def test_a_review_is_held_on_a_phone_and_escalating_proposes_the_next_step_without_doses(
    browser: Browser,
    wrong: list[str],
) -> None:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = watched(context, wrong)
    log_in(page, "jonas.weiss")
    page.locator("a:has-text('Has Hydroxychloroquine helped?') >> nth=0").click()
    expect(page.get_by_role("heading", name="Has Hydroxychloroquine helped?")).to_be_visible()
    expect(page.get_by_text("2 points better", exact=True)).to_be_visible()
    no_sideways_scrolling(page)
    page.check("input[name=outcome][value=escalate]")
    page.locator("label.choice:has-text('Prednisone and methotrexate')").click()
    page.fill("textarea[name=reason]", "Two points are not enough.")
    page.click("button:has-text('Write it down')")
    expect(page.get_by_text("Its new medicines have no dose")).to_be_visible()
    page.click("text=To the plan")
    expect(page.get_by_text("no dose yet").first).to_be_visible()
    no_sideways_scrolling(page)
    page.goto(f"{BASE}/inbox/")
    assert page.locator("a:has-text('Has Hydroxychloroquine helped?')").count() == 0


def test_a_coordinator_reads_a_plan_and_every_source_beside_each_dose(
    browser: Browser,
    wrong: list[str],
) -> None:
    page = watched(browser.new_context(viewport={"width": 1280, "height": 900}), wrong)
    log_in_to_admin(page, "mara.lindqvist")
    page.goto(f"{BASE}/admin/plans/treatmentplan/")
    page.click("a:has-text('Demiray')")
    for words in ("What every source says", "Before the first dose", "What is due", "Reviews of the response"):
        expect(page.get_by_text(words).first).to_be_visible()
    expect(page.get_by_text("P-SHARE [V]").first).to_be_visible()
    page.click("text=Propose a new version")
    expect(page.get_by_role("button", name="Check")).to_be_visible()
    page.click("button:has-text('Check')")
    expect(page.get_by_text("16.7 mg/m²").first).to_be_visible()
    page.goto(f"{BASE}/admin/plans/monitoringitem/")
    expect(page.get_by_text("Full blood count").first).to_be_visible()
