"""The recurring work of this room."""

from datetime import timedelta

from apps.accounts import throttle
from apps.common import recurring
from apps.common.clock import app_now


def forget_old_tries() -> int:
    """Forget failed tries to log in that are older than a day."""
    return throttle.forget_old(app_now())


FORGET = recurring.declare(recurring.Job("accounts.forget_old_tries", timedelta(hours=1), forget_old_tries))
