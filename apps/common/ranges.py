"""Periods as PostgreSQL ranges, for constraints that let only one row at a time hold something."""

from django.contrib.postgres.fields import DateTimeRangeField
from django.db.models import F, Func


class TsTzRange(Func):
    """`tstzrange(starts_at, ends_at)`: the first moment belongs to it, the last does not; an empty one overlaps nothing."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def period(start: str = "starts_at", end: str = "ends_at") -> TsTzRange:
    """The range of a row's period."""
    return TsTzRange(F(start), F(end))
