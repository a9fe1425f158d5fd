"""Fields that the bodies and answers of this room share."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.patients.models.patient import NO_CONTROL
from apps.rest.fields import Visible
from apps.teams.models import Member

FIRST_YEAR, LAST_YEAR = 1900, 2200
SMALL = 32_767


class Number(serializers.DecimalField):
    """A number that leaves as a JSON number."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"max_digits": 20, "decimal_places": 4, "coerce_to_string": False, "read_only": True, **options}
        )

    def to_representation(self, value: Any) -> Any:
        """Whole numbers without a point."""
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else float(number)


class Amount(serializers.DecimalField):
    """A number that is sent: greater than nothing, exact to four places."""

    def __init__(self, **options: Any) -> None:
        least = {"min_value": Decimal("0.0001"), "max_digits": 12, "decimal_places": 4, "coerce_to_string": False}
        super().__init__(**{**least, **options})


class Day(serializers.DateField):
    """A date that can be meant."""

    def to_internal_value(self, value: Any) -> date:
        """The date; ValidationError for a year in which no treatment is."""
        found: date = super().to_internal_value(value)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise serializers.ValidationError(f"A year from {FIRST_YEAR} to {LAST_YEAR}.")
        return found


class Words(serializers.CharField):
    """Words that somebody writes; may be left out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, "allow_blank": True, "validators": [NO_CONTROL], **options})


class Positive(serializers.IntegerField):
    """A whole number from 1, as its column holds it; may be left out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": SMALL, "required": False, "allow_null": True, **options})


def colleagues(actor: Actor) -> QuerySet[User]:
    """Whom the actor may name: themselves, whose accounts they may read, and members of care teams."""
    members = Member.objects.visible_to(actor).values("user_id")
    return User.objects.filter(Q(pk__in=User.objects.visible_to(actor).values("pk")) | Q(pk__in=members))


class Colleague(Visible):
    """Somebody whom the actor may name, by the id of their user."""

    def __init__(self, **options: Any) -> None:
        super().__init__(None if options.get("read_only") else colleagues, **options)


class PersonShown(serializers.Serializer[Any]):
    """Somebody who works here."""

    id = serializers.UUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
