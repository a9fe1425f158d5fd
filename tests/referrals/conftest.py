"""A Monday morning at a hospital whose mails can leave."""

from tests.workspace.conftest import cast

__all__ = ["cast"]
