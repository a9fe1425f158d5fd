"""Somebody who uses careteam through its HTTP doors and nothing else: for the story that the demo tells."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from typing import Any, Self

SECONDS = 10


class StoryStuck(Exception):  # noqa: N818 - it is told to a person
    """Something did not answer as it should; the message says what."""


@dataclass
class Person:
    """One of the demo's people, logged in."""

    base: str
    username: str
    opener: urllib.request.OpenerDirector
    jar: CookieJar

    @classmethod
    def log_in(cls, base: str, username: str, password: str) -> Self:
        """Log in through the API. Raises StoryStuck."""
        jar = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        person = cls(base.rstrip("/"), username, opener, jar)
        person.post("session/", {"username": username, "password": password})
        return person

    def get(self, path: str) -> Any:
        """Read something. Raises StoryStuck."""
        return self._ask("GET", f"{self.base}/api/v1/{path}")

    def sees(self, path: str) -> bool:
        """Whether this is there for them. Raises StoryStuck when something else than “no” is the answer."""
        try:
            self.get(path)
        except StoryStuck as stuck:
            if " answered 404" in str(stuck):
                return False
            raise
        return True

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Write something. Raises StoryStuck."""
        return self._ask("POST", f"{self.base}/api/v1/{path}", body or {})

    def press(self, link: str) -> None:
        """Look at the page behind a mail's link, then press its button. Raises StoryStuck."""
        for data in (None, b""):
            request = urllib.request.Request(link, data=data)  # noqa: S310 - our own address
            try:
                with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - our own address
                    answer.read()
            except (urllib.error.URLError, OSError) as error:
                raise StoryStuck(f"The link in the mail did not work: {error}") from None

    def _ask(self, method: str, url: str, body: dict[str, Any] | None = None) -> Any:
        token = next((cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken"), "")
        headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Referer": self.base}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(url, data=data, method=method, headers=headers)  # noqa: S310 - our own address
        try:
            with self.opener.open(request, timeout=SECONDS) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise StoryStuck(
                f"{self.username}: {method} {url} answered {error.code}: {error.read().decode()[:500]}"
            ) from None
        except (urllib.error.URLError, OSError) as error:
            raise StoryStuck(f"{url} does not answer: {error}") from None
        return json.loads(text) if text else None


def now() -> str:
    """The time now, as the API takes it."""
    return datetime.now(UTC).isoformat()


def local(text: str) -> str:
    """The clock time of a moment that the API gave, to the millisecond, as this machine's clock shows it."""
    return datetime.fromisoformat(text).astimezone().strftime("%H:%M:%S.%f")[:-3]
