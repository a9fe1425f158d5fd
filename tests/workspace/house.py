"""What the tests of plans' and reviews' pages share: two patients' stories, and reading and filling in a page."""

import html
import re
from datetime import date
from typing import Any

from django.test import Client

from apps.accounts.actors import Careteam
from apps.common import due
from apps.common.clock import app_now
from apps.knowledge.models import Instrument, Intervention, Pathway, PathwayStep
from apps.plans import operations
from apps.plans.models import PlanVersion, ResponseReview, TreatmentPlan
from tests.cast import Cast
from tests.nudges.house import page
from tests.plans.house import Story, daily, dosed, tell

BLOODS = {"wbc": 4.1, "anc": 2.4, "plt": 190, "creatinine": 80, "alt": 30, "ast": 30}
#: What stands nowhere where somebody must not see the patient.
PATIENT = ("Quarkstein", "Hydroxychloroquine", "1987")


def skin(cast: Cast) -> Story:
    """J03: twelve weeks of hydroxychloroquine were over a week ago, and the skin is hardly calmer."""
    story = tell(
        cast, "Quarkstein", birth_date=date(1987, 10, 1), phenotype="amyopathic", diagnosis_date=date(2027, 3, 1)
    )
    story.record("2027-03-01", cdasi_a=22, mmt8_150=150, weight=52, height=160, qtc=418)
    story.examine("2027-03-05", "eye_exam", "ophthalmology")
    plan = story.plan(
        "2027-03-08", dosed("hydroxychloroquine", "200", "mg", 1, 1, "d", indication="rash"),
        pathway=Pathway.objects.get(code="amyopathic_ladder"), step=PathwayStep.objects.get(code="amyopathic_step_1"),
        interventions=[{"intervention": Intervention.objects.get(code="photoprotection"), "instructions": "SPF 50 or more"}],
        goals=[{"text": "A calm skin", "instrument": instrument("cdasi_a"), "comparison": "at_most", "target": 14}],
    )  # fmt: skip
    story.follow("2027-03-08", story.latest(plan))
    story.record("2027-06-02", cdasi_a=20)
    return story


def instrument(code: str) -> Instrument:
    return Instrument.objects.get(code=code)


def plan_of(story: Story) -> TreatmentPlan:
    return TreatmentPlan.objects.get(patient=story.patient)


def muscle(cast: Cast) -> Story:
    """J07: prednisone is followed, azathioprine is proposed, and TPMT was never looked at."""
    story = tell(cast, "Quarkstein", birth_date=date(1987, 10, 1), phenotype="classic", diagnosis_date=date(2027, 5, 3))
    story.record("2027-05-03", weight=75, mmt8_150=118)
    plan = story.plan(
        "2027-05-03", daily("prednisone", "60"),
        goals=[{"text": "Strength", "instrument": instrument("mmt8_150"), "comparison": "at_least", "target": 142}],
    )  # fmt: skip
    story.follow("2027-05-03", story.latest(plan))
    story.record("2027-06-03", **BLOODS, mmt8_150=124)
    kept = story.latest(plan).medicationitems.get()
    same = daily("prednisone", "60", item_id=kept.item_id, starts_on=kept.starts_on)
    story.propose("2027-06-04", plan, same, daily("azathioprine", "50"), summary="Azathioprine beside it.")
    look_today(story)
    return story


def look_today(story: Story) -> None:
    at = app_now()
    operations.refresh(patient=story.patient, by=Careteam(at=at), at=at)


def pending(story: Story) -> PlanVersion:
    return PlanVersion.objects.get(plan__patient=story.patient, state__in=["proposed", "approved"])


def plan_path(story: Story) -> str:
    return f"/plans/{story.patient.pk}/"


def words(client: Client, path: str) -> str:
    """What a person reads on a page, in one line."""
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", page(client, path), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


def press(client: Client, path: str, **values: str) -> Any:
    """Fill in the form of a page that has hidden fields, too, as a browser sends them along."""
    shown = client.get(path).content.decode()
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
    return client.post(path, {**hidden, **values})


def errors(answer: Any) -> list[str]:
    found = re.findall(r'class="error" role="alert">([^<]*)<', answer.content.decode())
    return [html.unescape(one) for one in found]


def asked(story: Story) -> ResponseReview:
    """The review of hydroxychloroquine, after somebody was asked to hold it."""
    due.drain_all("plans.reviews")
    found: ResponseReview = story.review(plan_of(story), "hydroxychloroquine")
    return found
