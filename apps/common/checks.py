"""Start-up checks: what must never be so in production, and a database that is too old."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register
from django.db import DEFAULT_DB_ALIAS, connections

OLDEST_POSTGRESQL = 15


@register("careteam", deploy=True)
def demo_settings_stay_in_the_demo(**_: Any) -> list[Error]:
    """The movable clock and the demo's logins are forbidden in production."""
    wrong = [name for name in ("CLOCK_MOVABLE", "DEMO") if getattr(settings, name)]
    return [
        Error(
            f"{name} is set: it is for the demo and for tests only.",
            hint=f"Unset {name}.",
            id="careteam.E001",
        )
        for name in wrong
    ]


@register("careteam", deploy=True)
def people_can_be_reached(**_: Any) -> list[Error]:
    """Mails can leave, and what stands in them leads to us over HTTPS."""
    errors = []
    if not settings.PUBLIC_URL.startswith("https://"):
        words = "PUBLIC_URL is not an address with https://: mails would lead nowhere."
        errors.append(Error(words, hint="Set it to where people reach careteam.", id="careteam.E003"))
    if not settings.EMAIL_HOST:
        errors.append(
            Error(
                "EMAIL_URL is not set: nobody could be mailed.", hint="Set it to your mail server.", id="careteam.E004"
            )
        )
    return errors


@register("database")
def database_is_fit(databases: Any = None, **_: Any) -> list[Error]:
    """PostgreSQL is new enough and the clock is straight where it may not be moved."""
    if DEFAULT_DB_ALIAS not in (databases or []):
        return []
    problem = database_problem()
    return [Error(problem, id="careteam.E002")] if problem else []


def database_problem() -> str:
    """In one sentence why this database cannot be used, or an empty string."""
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000, current_setting('server_version')")
        major, version = cursor.fetchone()
    if major < OLDEST_POSTGRESQL:
        return f"PostgreSQL {version} is too old: careteam needs {OLDEST_POSTGRESQL} or newer."
    return ""
