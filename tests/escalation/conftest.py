"""The rooms' tests stand on the thread's house: active criteria and a real SMTP server."""

from tests.thread.conftest import house, postbox

__all__ = ["house", "postbox"]
