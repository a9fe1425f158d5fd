"""The room's place in Django."""

from django.apps import AppConfig


class EscalationConfig(AppConfig):
    """Escalation."""

    name = "apps.escalation"
    verbose_name = "Escalation"

    def ready(self) -> None:
        """Declare the due queue, the recurring work and the alarm, and listen for facts."""
        from apps.escalation import queues, receivers  # noqa: F401, PLC0415
