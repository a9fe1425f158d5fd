"""The demo's mailbox: every mail that left, to be read as its recipient would. Nowhere but in a demo."""

import email
import email.policy
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from apps.rest.policy import Public
from apps.workspace.pages.base import Page

SHOWN = 100


@dataclass(frozen=True)
class Kept:
    """A mail that the demo's mail server took."""

    name: str
    mail: EmailMessage

    @property
    def html(self) -> str:
        """Its HTML part."""
        return self._part("html")

    @property
    def framed(self) -> str:
        """The same inside a frame: what is clicked opens outside it."""
        return self.html.replace("<head>", '<head><base target="_top">', 1)

    @property
    def text(self) -> str:
        """Its text part."""
        return self._part("plain")

    def _part(self, kind: str) -> str:
        part: Any = self.mail.get_body((kind,))
        return str(part.get_content()) if part is not None else ""


def kept(folder: Path) -> list[Kept]:
    """The mails in the folder, the newest first."""
    paths = sorted(folder.glob("*.eml"), reverse=True)[:SHOWN]
    return [Kept(path.stem, read_mail(path)) for path in paths]


def read_mail(path: Path) -> EmailMessage:
    """One mail."""
    with path.open("rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)


class DemoPage(Page):
    """A page that exists in a demo only."""

    policy = Public("Only in a demo, whose people are invented.")

    @property
    def folder(self) -> Path:
        """Where the demo's mails are. Http404 outside a demo."""
        if not (settings.DEMO and settings.DEMO_MAILBOX):
            raise Http404
        return Path(settings.DEMO_MAILBOX)


class Mailbox(DemoPage):
    """All mails of the demo, whoever they are to."""

    template = "workspace/mailbox.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        return self.show(mails=kept(self.folder))


class Mail(DemoPage):
    """One mail."""

    template = "workspace/mail.html"

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """As its recipient sees it."""
        path = self.folder / f"{name}.eml"
        if not path.exists():
            raise Http404
        return self.show(kept=Kept(name, read_mail(path)))
