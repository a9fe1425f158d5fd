"""The room's place in Django."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """Referrals."""

    name = "apps.referrals"
    verbose_name = "Referrals"

    def ready(self) -> None:
        """Declare the due queue and listen to the rooms below."""
        from apps.referrals import queues, receivers  # noqa: F401, PLC0415
