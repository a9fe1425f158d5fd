"""`manage.py play`: a swallow screen and two referrals, told through the HTTP API by the demo's people."""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.workspace import demo, referral_story
from apps.workspace.pages.mailbox import Kept, kept
from apps.workspace.storytelling import Person, StoryStuck, local, now

PATIENCE = 20.0


class Command(BaseCommand):
    """Tell the story."""

    help = "Posts a story through the HTTP API as the demo's people, and prints mails and timeline as they come."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options."""
        parser.add_argument("--pace", type=float, default=0.6, help="seconds between the steps (0.6)")
        parser.add_argument(
            "--still",
            action="store_true",
            help="leave the demo's clock alone, and out what happens when nobody answers",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        """Run the story against the demo at PUBLIC_URL."""
        if not (settings.DEMO and settings.DEMO_MAILBOX):
            raise CommandError("The story is told in the demo only: start bin/demo, then bin/demo play.")
        self.told = 0
        self.pace, self.mailbox = options["pace"], Path(settings.DEMO_MAILBOX)
        self.seen = {mail.name for mail in kept(self.mailbox)}
        try:
            self._story()
            referral_story.answered(self)
            if not options["still"]:
                referral_story.left_alone(self)
        except StoryStuck as stuck:
            raise CommandError(str(stuck)) from None

    def person(self, username: str) -> Person:
        """One of the demo's people, logged in. Raises StoryStuck."""
        return Person.log_in(settings.PUBLIC_URL, username, demo.PASSWORD)

    def _story(self) -> None:
        mara, ayla = self.person("mara.lindqvist"), self.person("ayla.demir")
        patient = self.new_patient(mara, {"Jonas Weiss": "lead", "Ayla Demir": "lead", "Tomás Ruiz": "member"})
        self.say("Ayla Demir, speech therapist, records EAT-10 = 8.")
        ayla.post("observations/", {"patient": patient, "instrument": "eat10", "value": 8, "effective_at": now()})
        mail = self.mail("Urgent", "ayla.demir")
        self.say("Ayla opens the link on her phone: looking does nothing, the button does.")
        ayla.press(self.link(mail))
        matter = self.matter(ayla, patient, "SW-01")
        self._why(ayla, matter)
        self.say("She logs in and records what was done.")
        ayla.post(
            f"escalations/{matter}/act/", {"words": "Seen today: thickened fluids, instrumental study requested."}
        )
        self.say("Then an aspiration pneumonia is recorded as a complication: an emergency, whoever is on call.")
        jonas, petra = self.person("jonas.weiss"), self.person("petra.novak")
        jonas.post("complications/", {"patient": patient, "code": "aspiration_pneumonia", "effective_at": now()})
        self.mail("Emergency", "jonas.weiss")
        second = self.matter(jonas, patient, "SW-00")
        self._why(jonas, second)
        nudge = jonas.get(f"escalations/{second}/")["nudge"]
        self.say("Jonas Weiss, rheumatologist, cannot take it: the pulmonologist on call is asked at once.")
        jonas.post(f"nudges/{nudge}/decline/", {"reason": "In theatre until noon."})
        mail = self.mail("Emergency", "petra.novak")
        petra.press(self.link(mail))
        petra.post(f"escalations/{second}/act/", {"words": "Admitted; nil by mouth until assessed."})
        for pk in (matter, second):
            self._timeline(mara, pk)
        base = settings.PUBLIC_URL
        self.say(f"The same in the admin, as mara.lindqvist: {base}/admin/escalation/escalation/{second}/change/")

    def new_patient(self, mara: Person, team: Mapping[str, str]) -> str:
        """A patient of the story's own, so that it can be told again and again, with a care team of these names and roles."""
        site = mara.get("sites/?code=linden")["results"][0]["id"]
        self.told += 1
        name = f"Story {time.strftime('%H%M%S')}-{self.told}"
        body = {"site": site, "family_name": name, "given_name": "Ida", "birth_date": "1961-03-02", "gender": "female",
                "onset": "adult", "phenotype": "classic", "is_another_person": True}  # fmt: skip
        patient: str = mara.post("patients/", body)["id"]
        members = {row["name"]: row["id"] for row in mara.get("members/?limit=100")["results"]}
        joining = [{"member": members[who], "role": role} for who, role in team.items()]
        mara.post("care-teams/", {"patient": patient, "memberships": joining})
        whom = " and ".join([", ".join([*team][:-1]), [*team][-1]] if len(team) > 1 else team)
        self.say(f"Mara Lindqvist, coordinator, registers “{name}, Ida” and forms a care team of {whom}.")
        return patient

    def mail(self, subject: str, username: str, about: str = "") -> Kept:
        """Wait for a mail whose subject begins so and speaks of that, and show every mail that comes meanwhile."""
        found: Kept = self.wait(lambda: self._arrived(subject, username, about), f"a mail “{subject}…” to {username}")
        return found

    def _arrived(self, subject: str, username: str, about: str = "") -> Kept | None:
        found = None
        for mail in reversed(kept(self.mailbox)):
            if mail.name in self.seen:
                continue
            self.seen.add(mail.name)
            self.stdout.write(f"    ✉ {mail.mail['To']}: {mail.mail['Subject']}")
            said = str(mail.mail["Subject"])
            if said.startswith(subject) and about in said and username in str(mail.mail["To"]):
                found = mail
        return found

    def matter(self, person: Person, patient: str, code: str) -> str:
        """The escalation of this criterion, as soon as it is there. Raises StoryStuck."""
        rows = self.wait(
            lambda: person.get(f"escalations/?patient={patient}&criterion={code}")["results"], f"the escalation {code}"
        )
        return str(rows[0]["id"])

    def link(self, mail: Kept) -> str:
        """The link of a mail that says “I have it”."""
        line = next(line for line in mail.text.splitlines() if "/n/" in line)
        return line.strip()

    def _why(self, person: Person, matter: str) -> None:
        """Why it is there, as whoever is asked reads it."""
        self.stdout.write(f"    → {person.get(f'escalations/{matter}/')['explanation']}")

    def _timeline(self, mara: Person, matter: str) -> None:
        time.sleep(self.pace)
        row = mara.get(f"escalations/{matter}/")
        self.stdout.write(f"\n  {row['criterion']} {row['name']}, as the coordinator sees it:")
        for entry in mara.get(f"escalations/{matter}/timeline/"):
            detail = f" — {entry['detail']}" if entry["detail"] else ""
            self.stdout.write(f"    {local(entry['at'])}  {entry['words']}{detail}")

    def wait(self, look: Callable[[], Any], what: str) -> Any:
        """What is looked for, as soon as it is there. Raises StoryStuck when it does not come."""
        deadline = time.monotonic() + PATIENCE
        while not (found := look()):
            if time.monotonic() > deadline:
                raise StoryStuck(
                    f"{what} did not come within {PATIENCE:.0f} seconds; is the demo well? See /health/ready."
                )
            time.sleep(0.02)
        return found

    def say(self, words: str) -> None:
        """The next sentence of the story. Mails that came before it are shown, and not waited for any more."""
        time.sleep(self.pace)
        self._arrived("–", "–")
        self.stdout.write(f"\n  {words}")
