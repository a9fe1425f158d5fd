"""A referral in a real browser: a speech therapist on a phone takes it on and books, the rheumatologist reads where it is."""

import re
from datetime import datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from apps.workspace.demo import PASSWORD
from tests.browser.test_thread import BASE, PHONE, browser, log_in, no_sideways_scrolling, watched, wrong

__all__ = ["browser", "wrong"]
DESK = {"width": 1280, "height": 900}
FAMILY = "Quandtberg"


def context_of(browser: Browser, viewport: dict[str, int] = PHONE) -> BrowserContext:
    return browser.new_context(viewport=viewport)  # type: ignore[arg-type]


def ask(context: BrowserContext, path: str, body: dict[str, Any]) -> Any:
    """As the person logged in: write something over the API."""
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "csrftoken")
    answer = context.request.post(f"{BASE}/api/v1/{path}", data=body, headers={"X-CSRFToken": token, "Referer": BASE})
    assert answer.status == 201, answer.text()
    return answer.json()


def read(context: BrowserContext, path: str) -> Any:
    return context.request.get(f"{BASE}/api/v1/{path}").json()


def patient_of_jonas(browser: Browser, wrong: list[str]) -> str:
    """Somebody whose care team is Jonas alone; returns their id."""
    context = context_of(browser, DESK)
    log_in(watched(context, wrong), "mara.lindqvist")
    site = read(context, "sites/?code=linden")["results"][0]["id"]
    body = {
        "site": site, "family_name": FAMILY, "given_name": "Ida", "birth_date": "1961-03-02", "gender": "female",
        "onset": "adult", "phenotype": "classic", "is_another_person": True,
    }  # fmt: skip
    patient: str = ask(context, "patients/", body)["id"]
    members = {row["name"]: row["id"] for row in read(context, "members/?limit=100")["results"]}
    joining = [{"member": members["Jonas Weiss"], "role": "lead"}]
    ask(context, "care-teams/", {"patient": patient, "memberships": joining})
    return patient


def newest_mail(browser: Browser, wrong: list[str], words: str) -> Page:
    """The newest mail whose subject says this."""
    page = watched(context_of(browser), wrong)
    page.goto(f"{BASE}/demo/mailbox/")
    for _ in range(100):
        if page.locator(f"a.row:has-text('{words}')").count():
            break
        page.wait_for_timeout(200)
        page.reload()
    page.click(f"a.row:has-text('{words}') >> nth=0")
    return page


def sent_by_jonas(browser: Browser, wrong: list[str]) -> Page:
    """Jonas at the desk, who has just sent a referral to speech and language therapy: its page."""
    patient = patient_of_jonas(browser, wrong)
    doctors = context_of(browser, DESK)
    doctor = watched(doctors, wrong)
    log_in(doctor, "jonas.weiss")
    doctor.goto(f"{BASE}/referrals/new/?patient={patient}")
    no_sideways_scrolling(doctor)
    doctor.click("summary:has-text('Speech and language therapy')")
    doctor.click("a.row:has-text('Trouble swallowing')")
    expect(doctor.get_by_text("Usually within 2 working days")).to_be_visible()
    doctor.check("input[name=patient_informed]")
    doctor.click("button:has-text('Send')")
    expect(doctor.get_by_text("It is sent: somebody is asked now.")).to_be_visible()
    return doctor


def opened_from_the_mail(browser: Browser, wrong: list[str]) -> Page:
    """Ayla on the phone: from the link in her mail over the log-in to what it is about."""
    mail = newest_mail(browser, wrong, "A referral waits for your answer")
    assert FAMILY not in mail.inner_text("pre")
    link = re.search(r"http://\S+/n/\S+", mail.inner_text("pre"))
    assert link is not None
    phone = watched(context_of(browser), wrong)
    phone.goto(link.group(0))
    phone.click("text=See the matter first")
    phone.fill("input[name=username]", "ayla.demir")
    phone.fill("input[name=password]", PASSWORD)
    phone.click("button:has-text('Log in')")
    return phone


def test_from_the_mail_on_a_phone_to_the_booked_visit_and_back_to_whoever_asked(
    browser: Browser, wrong: list[str]
) -> None:
    doctor = sent_by_jonas(browser, wrong)
    address = doctor.url
    phone = opened_from_the_mail(browser, wrong)
    expect(phone.get_by_role("heading", name="Trouble swallowing")).to_be_visible()
    assert phone.url == address
    assert FAMILY not in phone.content()
    expect(phone.get_by_text("years, adult onset")).to_be_visible()
    expect(phone.get_by_text("If nobody moves it:")).to_be_visible()
    no_sideways_scrolling(phone)
    phone.click("button:has-text('I have it')")
    expect(phone.get_by_text("You have it. Say here what follows.")).to_be_visible()
    phone.click("a.button:text-is('Accept')")
    no_sideways_scrolling(phone)
    phone.click("button:text-is('Accept')")
    expect(phone.get_by_text(f"{FAMILY}, Ida")).to_be_visible()
    phone.click("a.button:text-is('Book a visit')")
    phone.fill("input[name=starts_at]", f"{datetime.now() + timedelta(days=2):%Y-%m-%dT10:30}")  # noqa: DTZ005 - the phone's clock
    phone.fill("input[name=place]", "Speech therapy, room 4")
    no_sideways_scrolling(phone)
    phone.click("button:text-is('Book a visit')")
    expect(phone.get_by_text("Visit booked", exact=True)).to_be_visible()
    no_sideways_scrolling(phone)
    phone.goto(f"{BASE}/referrals/")
    expect(phone.locator(f"a.row:has-text('{FAMILY}')")).to_be_visible()
    no_sideways_scrolling(phone)

    doctor.goto(f"{BASE}/referrals/")
    doctor.click(f"a.row:has-text('{FAMILY}')")
    expect(doctor.get_by_text("Speech therapy, room 4: booked")).to_be_visible()
    for words in (
        "Jonas Weiss sent it.",
        "Ayla Demir received it.",
        "Ayla Demir accepted it.",
        "Ayla Demir booked a visit.",
    ):
        expect(doctor.get_by_text(words)).to_be_visible()
    doctor.click("summary:has-text('Something else')")
    expect(doctor.locator("a.button:text-is('Ask to cancel')")).to_be_visible()


def test_a_report_is_read_and_the_loop_closed_on_a_phone(browser: Browser, wrong: list[str]) -> None:
    page = watched(context_of(browser), wrong)
    log_in(page, "jonas.weiss")
    page.click("a.row:has-text('A report waits for your review') >> nth=0")
    expect(page.get_by_text("No sign of interstitial lung disease.").first).to_be_visible()
    no_sideways_scrolling(page)
    page.click("a.button:text-is('Close the loop')")
    page.fill("textarea", "Read; the plan stays as it is.")
    page.click("button:text-is('Close the loop')")
    expect(page.get_by_text("Loop closed", exact=True)).to_be_visible()
    no_sideways_scrolling(page)
