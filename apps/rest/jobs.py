"""The recurring work of this room."""

from datetime import timedelta

from apps.common import recurring
from apps.common.clock import app_now
from apps.rest import idempotency


def forget_old_keys() -> int:
    """Forget idempotent requests that are older than a day."""
    return idempotency.forget_old(app_now())


FORGET = recurring.declare(recurring.Job("rest.forget_old_keys", timedelta(hours=1), forget_old_keys))
