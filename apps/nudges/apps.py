"""The room's place in Django."""

from django.apps import AppConfig


class NudgesConfig(AppConfig):
    """Nudges."""

    name = "apps.nudges"
    verbose_name = "Nudges"

    def ready(self) -> None:
        """Declare the due queues and what is wrong with channels."""
        from apps.nudges import queues  # noqa: F401, PLC0415
