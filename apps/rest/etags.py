"""ETag and If-Match over the version column."""

import re
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from apps.common.models import Versioned

_TAG = re.compile(r'^"v([1-9][0-9]{0,9})"\Z')
LARGEST = 2_147_483_647


def etag(row: Any) -> str | None:
    """The ETag of a row that people edit; None for any other."""
    return f'"v{row.version}"' if isinstance(row, Versioned) else None


def wanted_version(request: Request) -> int | None:
    """The version that If-Match asks for; None when it asks for none (absent, or `*`).

    A tag that we never gave can match nothing: it is answered as stale, by a version that no row has.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    if "," in header:
        raise ValidationError({"If-Match": "One ETag, as the row was shown with it."})
    found = _TAG.match(header.strip())
    return min(int(found.group(1)), LARGEST) if found else 0
