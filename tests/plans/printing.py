"""The story that is printed: J01 of the clinical sheet (section E), begun, followed, put on paper."""

from datetime import date
from typing import Any

from apps.accounts.actors import Careteam
from apps.plans import operations
from apps.plans.models import PlanVersion, PlanWarning, PrerequisiteCheck, TreatmentPlan
from apps.plans.reading import Whole
from apps.plans.summaries import Template, gather, render
from tests.cast import Cast
from tests.plans.house import Story, daily, moment, tell, weekly
from tests.plans.paper import Printed

BLOODS = {"wbc": 6, "anc": 4, "plt": 250, "creatinine": 70, "alt": 120, "ast": 150, "ck": 3200}


def begun(cast: Cast, family: str = "Jone", weight: int = 70, **values: Any) -> Story:
    """The patient of J01 with what is known on the first day."""
    described = {"birth_date": date(1971, 8, 1), "phenotype": "classic", "diagnosis_date": date(2026, 1, 5)} | values
    story = tell(cast, family, **described)
    story.record("2026-01-05", weight=weight, height=168, mmt8_150=112, **BLOODS)
    return story


def first_plan(story: Story, *more: dict[str, Any], **content: Any) -> TreatmentPlan:
    """The plan of J01."""
    medicines = [daily("prednisone", "60", line=1), weekly("methotrexate", "10", line=2), weekly("folic_acid", "5")]
    return story.plan("2026-01-05", *medicines, *more, **content)


def followed(story: Story, plan: TreatmentPlan, day: str = "2026-01-05") -> PlanVersion:
    """Everything explained, approved and followed."""
    version = story.latest(plan)
    at = moment(day)
    rows: list[PlanWarning | PrerequisiteCheck] = [*version.warnings.filter(needs_reason=True)]
    for row in [*rows, *version.prerequisites.filter(state__in=["missing", "too_old"])]:
        operations.explain(row=row, by=Careteam(at=at), at=at, reason="Looked at and meant.")
    return story.follow(day, version)


def printed(version: PlanVersion, template: Template, day: str = "2026-02-01") -> Printed:
    """A version on paper, printed on a day."""
    row = PlanVersion.objects.select_related("plan__patient__site", "plan__pathway", "step").get(pk=version.pk)
    at = moment(day)
    return Printed(render(template, gather(Whole(row, at)), at))


def begun_plan(story: Story) -> PlanVersion:
    """The first version of the plan of J01."""
    return story.latest(first_plan(story))
