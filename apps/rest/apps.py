"""The room's place in Django."""

from django.apps import AppConfig


class RestConfig(AppConfig):
    """HTTP manners."""

    name = "apps.rest"
    verbose_name = "HTTP"

    def ready(self) -> None:
        """Declare the start-up check and the housekeeping job."""
        from apps.rest import checks, jobs  # noqa: F401, PLC0415
