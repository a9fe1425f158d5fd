"""The due queue of this room."""

from apps.common import alarms, due
from apps.referrals import looks
from apps.referrals.models import Referral
from apps.referrals.operations.moving import QUEUE

LOOKS = due.declare(due.DueQueue(QUEUE, "apps.referrals.tasks.look", looks.oldest, looks.drain))


def looks_that_fail(_: object) -> str:
    """In a sentence, how many referrals cannot be looked after because of a fault of ours."""
    count = Referral.objects.open().exclude(last_error="").count()
    return f"{count} referrals cannot be looked after because of a fault: the errors stand in the log." if count else ""


alarms.declare("referrals", looks_that_fail)
