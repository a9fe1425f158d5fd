"""The due queues and the recurring work of this room."""

from datetime import timedelta

from apps.common import alarms, due, recurring
from apps.plans import following
from apps.plans.models import ResponseReview, Upkeep

UPKEEP = due.declare(
    due.DueQueue("plans.upkeep", "apps.plans.tasks.work_out_dues", following.oldest_upkeep, following.drain_upkeep)
)
REVIEWS = due.declare(
    due.DueQueue("plans.reviews", "apps.plans.tasks.ask_for_reviews", following.oldest_review, following.drain_reviews)
)
DAILY = recurring.declare(recurring.Job("plans.make_all_due", timedelta(days=1), following.make_all_due))


def upkeep_that_fails(_: object) -> str:
    """In a sentence, for how many patients it cannot be worked out what is due."""
    count = Upkeep.objects.exclude(last_error="").count()
    return (
        f"What is due cannot be worked out for {count} patients because of a fault: the errors stand in the log."
        if count
        else ""
    )


alarms.declare("plans", upkeep_that_fails)


def reviews_that_fail(_: object) -> str:
    """In a sentence, for how many reviews nobody could be asked."""
    waiting = ResponseReview.objects.filter(state=ResponseReview.State.SCHEDULED, nudge_at__isnull=False)
    count = waiting.exclude(last_error="").count()
    return f"For {count} reviews nobody can be asked because of a fault: the errors stand in the log." if count else ""


alarms.declare("plans.reviews", reviews_that_fail)
