"""A plan on paper: one collection of facts about a version, from which the summary for the record and the one for the patient
are both set, so that they cannot say different things.
"""

from apps.plans.summaries.facts import gather
from apps.plans.summaries.render import Template, render

__all__ = ["Template", "gather", "render"]
