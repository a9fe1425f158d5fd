"""Findings and complications by themselves, for pages that show only the one or the other."""

from apps.observations.models.conditions import Condition


class Complication(Condition):
    """A condition whose concept is a complication. The same rows."""

    class Meta:
        proxy = True


class Finding(Condition):
    """A condition whose concept is a finding. The same rows."""

    class Meta:
        proxy = True
