"""What follows from a plan, through its REST doors: what is due, and reviews of the response."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from apps.common import due
from apps.common.clock import app_now
from apps.patients import operations as patients
from apps.plans.models import MonitoringItem, ResponseReview
from tests.cast import Cast
from tests.plans.doors import BLOODS, DAY, daily, fields, followed, get, good, kind, measured, send

pytestmark = pytest.mark.django_db
PREDNISONE = daily("prednisone", 60)
#: Only the CDASI has to be measured to judge hydroxychloroquine.
HCQ = daily("hydroxychloroquine", 200)
Later = Callable[[timedelta], None]


def today(cast: Cast) -> date:
    return cast.site.local_date(app_now())


def item(cast: Cast, panel: str, query: str = "") -> dict[str, Any]:
    """What is due of a panel."""
    found = good(get(cast, f"monitoring-items/?panel={panel}{query}"))["results"]
    assert len(found) == 1
    row: dict[str, Any] = found[0]
    return row


def mycophenolate(cast: Cast) -> dict[str, Any]:
    """A followed plan under which bloods are due every 30 days; the baseline was taken today."""
    for code, value in BLOODS.items():
        measured(cast, code, value)
    return followed(
        cast, daily("mycophenolate", 1000, frequency=2, prerequisite_reason="Done elsewhere.", dose_reason="Meant.")
    )


def test_a_panel_says_why_it_is_due_and_when(cast: Cast) -> None:
    mycophenolate(cast)
    row = item(cast, "fbc")
    assert (row["name"], row["every_days"], row["overdue"], row["days_overdue"]) == ("Full blood count", 30, False, 0)
    # S0-32: monthly; five days of grace (MO-01).
    assert row["due_on"] == (today(cast) + 30 * DAY).isoformat()
    assert row["overdue_from"] == (today(cast) + 36 * DAY).isoformat()
    assert row["why"][0]["words"].startswith("mycophenolate since")
    assert "S0-32" in row["why"][0]["citation"]
    assert good(get(cast, f"monitoring-items/{row['id']}/")) == row


def test_a_panel_is_overdue_on_the_36th_day_and_not_on_the_35th(cast: Cast, later: Later) -> None:
    mycophenolate(cast)
    later(35 * DAY)
    assert (item(cast, "fbc")["overdue"], good(get(cast, "monitoring-items/?panel=fbc&overdue=true"))["results"]) == (
        False,
        [],
    )
    later(DAY)
    row = item(cast, "fbc", "&overdue=true")
    assert (row["overdue"], row["days_overdue"]) == (True, 1)
    later(DAY)
    assert item(cast, "fbc")["days_overdue"] == 2
    assert good(get(cast, "monitoring-items/?panel=fbc&overdue=false"))["results"] == []


def test_lists_hold_what_goes_on_unless_what_has_ended_is_asked_for(cast: Cast) -> None:
    version = mycophenolate(cast)
    everything = good(get(cast, "monitoring-items/count/"))["count"]
    good(send(cast, f"treatment-plans/{version['plan']}/stop/", {"reason": "A test."}))
    due.drain_all("plans.upkeep")
    ended = good(get(cast, "monitoring-items/?open=false&panel=fbc"))["results"]
    assert [(row["open"], row["overdue"]) for row in ended] == [(False, False)]
    assert good(get(cast, "monitoring-items/?panel=fbc"))["results"] == []
    counts = [good(get(cast, f"monitoring-items/count/?open={value}"))["count"] for value in ("true", "false")]
    assert sum(counts) == everything


def test_what_is_due_is_filtered_and_comes_in_the_order_of_its_days(cast: Cast) -> None:
    mycophenolate(cast)
    rows = good(get(cast, "monitoring-items/"))["results"]
    assert [row["due_on"] for row in rows] == sorted(row["due_on"] for row in rows)
    soon = good(get(cast, f"monitoring-items/?due_before={today(cast) + 31 * DAY}"))["results"]
    assert {"fbc", "lft", "renal", "ck"} <= {row["panel"] for row in soon}
    assert good(get(cast, f"monitoring-items/?due_before={today(cast) + 30 * DAY}&panel=fbc"))["results"] == []
    assert good(get(cast, f"monitoring-items/?patient={cast.other_patient.pk}"))["results"] == []


def test_what_is_due_is_worked_out_and_never_sent(cast: Cast) -> None:
    mycophenolate(cast)
    row = item(cast, "fbc")
    answer = cast.rheumatologist.client().patch(f"/api/v1/monitoring-items/{row['id']}/", {"due_on": "2030-01-01"})
    assert answer.status_code in {403, 405}
    assert get(cast, f"monitoring-items/{row['id']}/", who="stranger").status_code == 404
    assert get(cast, "monitoring-items/", who="stranger").json()["results"] == []


def amyopathic(cast: Cast) -> None:
    """The patient has amyopathic disease: S3-09 says when one looks at hydroxychloroquine in it."""
    patients.change(patient=cast.patient, by=cast.by, at=app_now(), phenotype="amyopathic")


def review_of(cast: Cast, medicine: str) -> dict[str, Any]:
    row = ResponseReview.objects.get(medicine__code=medicine)
    return good(get(cast, f"response-reviews/{row.pk}/"))


def test_a_review_compares_what_was_before_with_what_is_now(cast: Cast, later: Later) -> None:
    amyopathic(cast)
    measured(cast, "weight", 70)
    measured(cast, "cdasi_a", 22)
    followed(cast, HCQ, pathway="amyopathic_ladder", step="amyopathic_step_1")
    row = review_of(cast, "hydroxychloroquine")
    # S3-09: one looks after twelve weeks.
    assert row["due_on"] == (today(cast) + 84 * DAY).isoformat()
    assert (row["state"], row["comparison"]["missing"]) == ("scheduled", ["cdasi_a after"])
    later(80 * DAY)
    measured(cast, "cdasi_a", 15)
    seen = review_of(cast, "hydroxychloroquine")["comparison"]
    assert (seen["score"], seen["value"], seen["missing"]) == ("cdasi_a", 7, [])
    measure = seen["measures"][0]
    assert (measure["instrument"], measure["before"]["value"], measure["after"]["value"]) == ("cdasi_a", 22, 15)
    assert "7 points better" in seen["lines"][0]
    listed = good(get(cast, "response-reviews/?state=scheduled"))["results"]
    assert [one["medicine"] for one in listed] == ["hydroxychloroquine"]
    assert "comparison" not in listed[0]


def test_a_review_that_is_done_keeps_its_comparison(cast: Cast, later: Later) -> None:
    amyopathic(cast)
    measured(cast, "cdasi_a", 22)
    followed(cast, HCQ)
    later(84 * DAY)
    measured(cast, "cdasi_a", 15)
    row = review_of(cast, "hydroxychloroquine")
    path = f"response-reviews/{row['id']}/complete/"
    assert fields(send(cast, path, {"outcome": "better", "reason": "x"})) == ["outcome"]
    tag = get(cast, f"response-reviews/{row['id']}/")["ETag"]
    done = good(send(cast, path, {"outcome": "continue", "reason": "The skin is calmer."}, **{"If-Match": tag}))
    assert (done["state"], done["outcome"], done["reviewed_by"]["name"]) == ("done", "continue", "Rheumatologist")
    later(DAY)
    measured(cast, "cdasi_a", 30)
    assert review_of(cast, "hydroxychloroquine")["comparison"]["value"] == 7
    again = send(cast, path, {"outcome": "continue", "reason": "Again."})
    assert kind(again) == (409, "conflict")
    stale = send(cast, path, {"outcome": "continue", "reason": "Again."}, **{"If-Match": tag})
    assert kind(stale) == (412, "stale")


def test_to_escalate_proposes_the_next_step_without_doses(cast: Cast, later: Later) -> None:
    amyopathic(cast)
    version = followed(cast, HCQ, pathway="amyopathic_ladder", step="amyopathic_step_1")
    later(84 * DAY)
    path = f"response-reviews/{review_of(cast, 'hydroxychloroquine')['id']}/complete/"
    body = {"outcome": "escalate", "reason": "The skin is no better."}
    assert fields(send(cast, path, body)) == ["option"]
    done = good(send(cast, path, {**body, "option": "prednisone_methotrexate"}))
    made = good(get(cast, f"plan-versions/{done['proposed']}/"))
    assert (made["step"], made["state"], made["number"]) == ("amyopathic_step_2", "proposed", 2)
    doses = {row["medicine"]: row["words"] for row in made["medications"]}
    assert doses == {
        "hydroxychloroquine": "200 mg once a day", "prednisone": "no dose yet", "methotrexate": "no dose yet",
        "folic_acid": "no dose yet",
    }  # fmt: skip
    assert made["medications"][0]["item_id"] == version["medications"][0]["item_id"]


def test_a_review_of_a_stopped_plan_is_cancelled_and_compares_nothing(cast: Cast) -> None:
    amyopathic(cast)
    version = followed(cast, HCQ)
    good(send(cast, f"treatment-plans/{version['plan']}/stop/", {"reason": "A test."}))
    row = review_of(cast, "hydroxychloroquine")
    assert (row["state"], row["comparison"]) == ("cancelled", None)
    assert get(cast, f"response-reviews/{row['id']}/", who="stranger").status_code == 404
    assert send(cast, f"response-reviews/{row['id']}/complete/", who="stranger").status_code == 404


def test_a_list_of_what_is_due_costs_the_same_for_one_row_and_for_many(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    mycophenolate(cast)
    with django_assert_num_queries(4):
        rows = good(get(cast, "monitoring-items/"))["results"]
    assert len(rows) > 3
    MonitoringItem.objects.exclude(pk=rows[0]["id"]).delete()
    with django_assert_num_queries(4):
        assert len(good(get(cast, "monitoring-items/"))["results"]) == 1
