"""The room's place in Django."""

from django.apps import AppConfig


class WorkspaceConfig(AppConfig):
    """Workspace."""

    name = "apps.workspace"
    verbose_name = "Workspace"
