"""The room's place in Django."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, sites, role grants, tokens."""

    name = "apps.accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Declare the housekeeping job."""
        from apps.accounts import jobs  # noqa: F401, PLC0415
