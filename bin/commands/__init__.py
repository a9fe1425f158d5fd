"""What the commands in bin/ share. Standard library only: it runs before anything is installed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class Trouble(Exception):  # noqa: N818 - it is told to a person, in one sentence
    """Something that the person at the keyboard can mend; the message says what and how."""
