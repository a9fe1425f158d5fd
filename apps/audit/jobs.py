"""The recurring work of this room."""

from datetime import timedelta

from apps.audit.sealing import seal_pending
from apps.common import recurring

SEAL = recurring.declare(recurring.Job("audit.seal", timedelta(seconds=60), seal_pending))
