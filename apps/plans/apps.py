"""The room's place in Django."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    """Plans."""

    name = "apps.plans"
    verbose_name = "Plans"

    def ready(self) -> None:
        """Declare the due queues and listen for facts."""
        from apps.plans import queues, receivers  # noqa: F401, PLC0415
