"""The story of two referrals, for `manage.py play`: one that is answered, and one that everybody leaves alone."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from apps.common.clock import app_now, move_clock
from apps.workspace.pages.mailbox import Kept
from apps.workspace.storytelling import Person, StoryStuck, local, now

ALONE = {"Jonas Weiss": "lead"}
#: A little more than the half hour after which the next is asked about what is immediate (proposal for local policy).
NEXT = timedelta(minutes=31)
REPORT = "Residue with solids, no aspiration. Soft food, sitting upright; to be looked at again."


class Teller(Protocol):
    """What tells a story: sentences, mails that come, people who are logged in."""

    stdout: Any

    def say(self, words: str) -> None:
        """The next sentence."""

    def person(self, username: str) -> Person:
        """Somebody, logged in."""

    def new_patient(self, mara: Person, team: Mapping[str, str]) -> str:
        """A patient of the story's own."""

    def mail(self, subject: str, username: str, about: str = "") -> Kept:
        """A mail, as soon as it has come."""

    def link(self, mail: Kept) -> str:
        """Its link."""

    def matter(self, person: Person, patient: str, code: str) -> str:
        """An escalation, as soon as it is there."""

    def wait(self, look: Callable[[], Any], what: str) -> Any:
        """What is looked for, as soon as it is there."""


def answered(teller: Teller) -> None:
    """A speech therapist who does not see the patient gets a referral by mail, answers it, and the loop closes."""
    mara, jonas, ayla = (teller.person(name) for name in ("mara.lindqvist", "jonas.weiss", "ayla.demir"))
    patient = teller.new_patient(mara, ALONE)
    teller.say(
        "Jonas records EAT-10 = 8. Nobody of speech and language therapy is in this team: he refers her in one step."
    )
    jonas.post("observations/", {"patient": patient, "instrument": "eat10", "value": 8, "effective_at": now()})
    matter = teller.matter(jonas, patient, "SW-01")
    row = jonas.post(f"escalations/{matter}/refer/", {"patient_informed": True})
    address = f"referrals/{row['id']}/"
    mail = teller.mail("Urgent", "ayla.demir", "referral")
    _where(teller, jonas, address)
    teller.say("Ayla says “I have it” by the link in her mail. She reads what is asked, and not who the patient is.")
    ayla.press(teller.link(mail))
    _state(teller, ayla, address, "received")
    _sees(teller, ayla, patient, sees=False)
    teller.say("She accepts: from now on her department sees the patient. She books a visit.")
    ayla.post(f"{address}accept/", {"filler_number": "SLT-118"})
    _sees(teller, ayla, patient, sees=True)
    visit = (app_now() + timedelta(days=1)).isoformat()
    ayla.post(f"{address}schedule/", {"starts_at": visit, "place": "Speech therapy, room 4"})
    _where(teller, ayla, address)
    teller.say("The patient can come at once: Ayla sees her, and returns the report. Jonas is asked to read it.")
    ayla.post(f"{address}see/")
    ayla.post(f"{address}report/", {"outcome_note": REPORT})
    teller.mail("Urgent", "jonas.weiss", "report")
    teller.say("Jonas reads it, says what follows, and closes the loop. Ayla sees the patient no longer.")
    jonas.post(f"{address}review/", {"review_note": "Soft food; it stays on the list of the team."})
    _sees(teller, ayla, patient, sees=False)
    _told(teller, jonas, address)


def left_alone(teller: Teller) -> None:
    """Nobody answers: somebody else is asked, then the coordinator. Moves the demo's clock, by less than two days."""
    mara, jonas, tomas = (teller.person(name) for name in ("mara.lindqvist", "jonas.weiss", "tomas.ruiz"))
    patient = teller.new_patient(mara, ALONE)
    teller.say("Jonas refers another one, at once, and nobody answers.")
    body = {"patient": patient, "reason": "slt_swallow", "urgency": "stat", "send": True}
    address = f"referrals/{jonas.post('referrals/', body)['id']}/"
    teller.mail("Emergency", "ayla.demir", "referral")
    _where(teller, jonas, address)
    teller.say("Half an hour goes by (the demo's clock is moved): her colleague Tomás is asked.")
    move_clock(by=NEXT)
    teller.mail("Emergency", "tomas.ruiz", "referral")
    teller.say("The day ends, and it is stuck (SYS-02): Mara, the coordinator, is asked to chase it.")
    until = datetime.fromisoformat(jonas.get(address)["place"]["until"])
    move_clock(by=until - app_now() + timedelta(seconds=1))
    teller.mail("Emergency", "mara.lindqvist", "stuck")
    _where(teller, mara, address)
    teller.say("She calls Tomás. He accepts it, and nobody is asked to chase it any more.")
    tomas.post(f"{address}accept/")
    _where(teller, mara, address)


def _where(teller: Teller, person: Person, address: str) -> None:
    """Where it is, whose turn it is, and what happens if nobody moves, as the API says it."""
    place = person.get(address)["place"]
    whose = f": {place['waits_for']}'s turn" if place["waits_for"] else ""
    teller.stdout.write(f"    → {place['where']}{whose}. {place['otherwise']}")


def _state(teller: Teller, person: Person, address: str, state: str) -> None:
    teller.wait(lambda: person.get(address)["state"] == state, f"the referral to be {state}")


def _sees(teller: Teller, person: Person, patient: str, *, sees: bool) -> None:
    """Say whether somebody sees the patient. Raises StoryStuck when that is not as it should be."""
    if person.sees(f"patients/{patient}/") is not sees:
        raise StoryStuck(f"{person.username} {'does not see' if sees else 'still sees'} the patient: that is wrong.")
    teller.stdout.write(
        f"    → GET /patients/…: {'200, she sees the patient' if sees else '404, she does not see the patient'}"
    )


def _told(teller: Teller, person: Person, address: str) -> None:
    row = person.get(address)
    teller.stdout.write(f"\n  {row['reason_name']}, every move:")
    for one in row["transitions"]:
        said = one["words"].replace("\n", " ")
        teller.stdout.write(
            f"    {local(one['at'])}  {one['name']}: {one['move'].replace('_', ' ')}{f' — {said}' if said else ''}"
        )
