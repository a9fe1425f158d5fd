"""The room's place in Django."""

from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    """Knowledge."""

    name = "apps.knowledge"
    verbose_name = "Knowledge"
