"""One router: which resource lives at which address."""

from rest_framework.routers import SimpleRouter

from apps.administration.urls import register as register_administration
from apps.escalation.urls import register as register_escalation
from apps.knowledge.urls import register as register_knowledge
from apps.nudges.urls import register as register_nudges
from apps.observations.urls import register as register_observations
from apps.patients.urls import register as register_patients
from apps.plans.urls import register as register_plans
from apps.referrals.urls import register as register_referrals
from apps.teams.urls import register as register_teams
from apps.workspace.urls import register as register_workspace

router = SimpleRouter(use_regex_path=False)
for register in (
    register_administration, register_knowledge, register_patients, register_teams, register_observations, register_nudges,
    register_plans, register_referrals, register_escalation, register_workspace,
):  # fmt: skip
    register(router)
