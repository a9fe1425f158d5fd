"""One router: which resource lives at which address."""

from rest_framework.routers import SimpleRouter

router = SimpleRouter(use_regex_path=False)
