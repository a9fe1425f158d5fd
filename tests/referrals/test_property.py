"""Random moves by random people, while people leave and come back, time passes and the patient's record changes: a referral
is never in a state that the table does not have, never without somebody who answers for it, and never forgotten."""

from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from apps.common.clock import app_now
from tests.cast import Cast
from tests.referrals.house import DAY
from tests.referrals.machine import Referring
from tests.referrals.walks import BERLIN


def test_whatever_people_do_in_whatever_order_no_referral_is_lost(cast: Cast) -> None:
    machine = type("Referring", (Referring,), {"cast": cast})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20, stateful_step_count=20, deadline=None, derandomize=True, database=None,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip


def test_the_walks_are_on_a_monday_without_a_change_of_the_clocks_near_it(cast: Cast) -> None:
    assert app_now().astimezone(BERLIN).utcoffset() == timedelta(hours=2)
    assert (app_now() + 14 * DAY).astimezone(BERLIN).utcoffset() == timedelta(hours=2)
    assert app_now().astimezone(BERLIN).weekday() == 0
