"""Every write of this room."""

from apps.nudges.operations import merge as _merge  # noqa: F401 - declares how nudges follow a merge
from apps.nudges.operations.addresses import try_address_again
from apps.nudges.operations.answers import AlreadyAnswered, NotAsked, acknowledge, decline, hand_over, read_notice
from apps.nudges.operations.asking import add_words, ask, cancel, settle, tell, upgrade
from apps.nudges.operations.climbing import climb, step

__all__ = [
    "AlreadyAnswered",
    "NotAsked",
    "acknowledge",
    "add_words",
    "ask",
    "cancel",
    "climb",
    "decline",
    "hand_over",
    "read_notice",
    "settle",
    "step",
    "tell",
    "try_address_again",
    "upgrade",
]  # fmt: skip
