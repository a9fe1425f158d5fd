"""The base of every body that is sent to us."""

from typing import Any

from rest_framework import serializers


class Body(serializers.Serializer[Any]):
    """What an action takes: declared field by field; a key that is not declared is refused, so that no typing error is lost."""

    def to_internal_value(self, data: Any) -> Any:
        """The values; ValidationError names each wrong and each unknown field."""
        if isinstance(data, dict) and (unknown := sorted(str(key) for key in set(data) - set(self.fields))):
            raise serializers.ValidationError({key: ["There is no such field."] for key in unknown})
        return super().to_internal_value(data)


class Reason(Body):
    """Why."""

    reason = serializers.CharField(max_length=200)


class Nothing(Body):
    """An empty body."""
