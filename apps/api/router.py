"""One router: which resource lives at which address."""

from rest_framework.routers import SimpleRouter

from apps.knowledge.urls import register as register_knowledge
from apps.patients.urls import register as register_patients
from apps.teams.urls import register as register_teams

router = SimpleRouter(use_regex_path=False)
register_knowledge(router)
register_patients(router)
register_teams(router)
