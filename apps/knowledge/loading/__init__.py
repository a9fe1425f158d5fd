"""Loading an edition from fixtures/knowledge."""

from apps.knowledge.loading.files import BadFixture
from apps.knowledge.loading.load import Report, load

__all__ = ["BadFixture", "Report", "load"]
