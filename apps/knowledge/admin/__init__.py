"""The admin pages of knowledge."""

from apps.knowledge.admin import disciplines, own, shipped

__all__ = ["disciplines", "own", "shipped"]
