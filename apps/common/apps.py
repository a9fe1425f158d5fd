"""The room's place in Django."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    """Base rows, ids, clock, refusals, due queues."""

    name = "apps.common"
    verbose_name = "Engine"

    def ready(self) -> None:
        """Grant the run-time role its rights after every migration."""
        from apps.common import checks, receivers  # noqa: F401, PLC0415

        post_migrate.connect(receivers.grant_runtime_role, sender=self)
