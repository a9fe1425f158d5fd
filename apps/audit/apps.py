"""The room's place in Django."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The append-only record."""

    name = "apps.audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        """Declare the sealing job and the tables that nobody may change."""
        from apps.audit import jobs  # noqa: F401, PLC0415
        from apps.common.receivers import APPEND_ONLY  # noqa: PLC0415

        APPEND_ONLY.update({"audit_auditevent", "audit_seal"})
