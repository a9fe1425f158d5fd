"""Where journeys lie: those that are shipped, and a hospital's own beside them."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from apps.escalation.journeys.model import Journey
from apps.escalation.journeys.nodes import BadJourney
from apps.escalation.journeys.reading import hold_unique, read


def folders() -> list[Path]:
    """The shipped folder, and the hospital's where the setting JOURNEYS names one."""
    return [_shipped(), *([Path(settings.JOURNEYS)] if settings.JOURNEYS else [])]


def _shipped() -> Path:
    return Path(settings.BASE_DIR) / "fixtures" / "journeys"


def everything() -> list[Journey]:
    """Every journey of both folders, in the order of the files. Raises BadJourney; an id stands once in all of them."""
    found = [journey for path in _paths() for journey in read(path, _shown(path))]
    hold_unique(found)
    return found


def for_code(code: str) -> list[Journey]:
    """The journeys and vectors that name a criterion. Raises BadJourney."""
    return [journey for journey in everything() if code in journey.criteria]


def _paths() -> Iterator[Path]:
    for folder in folders():
        if not folder.is_dir():
            raise BadJourney(f"{folder}: there is no such folder")
        yield from sorted(folder.glob("*.yaml"))


def _shown(path: Path) -> str:
    """A shipped file is called as it is called in the project, wherever that was installed."""
    return f"fixtures/journeys/{path.name}" if path.parent == _shipped() else str(path)
