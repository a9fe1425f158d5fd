"""How the OpenAPI schema describes the manners that every view has."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from apps.common.models import Versioned
from apps.rest.policy import Public
from apps.rest.problems import MEDIA_TYPE


class FieldProblem(serializers.Serializer[Any]):
    """One field that is wrong, and the rule it breaks."""

    field = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField(help_text="Stable; compare this.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(required=False)
    instance = serializers.CharField(help_text="The request's id, as it stands in the logs.")
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]


MEANING = {
    308: "The record was merged into another one, which `Location` names.",
    400: "The request is not valid; `errors` names each field and its rule.",
    401: "Nobody is signed in.",
    403: "Visible, but not allowed.",
    404: "There is no such thing, or you may not see it.",
    405: "This address does not know this method.",
    406: "Nothing here can be shown in the form asked for.",
    409: "Does not fit the present state.",
    412: "Somebody else changed it since you read it.",
    415: "Bodies are JSON.",
    422: "Breaks a rule of the domain; `errors` names the field and the rule.",
    429: "Too many failed tries.",
}


class HouseSchema(AutoSchema):
    """Adds what `HouseView` and `Resource` do: bodies from `accepts`, headers, problem documents."""

    def get_request_serializer(self) -> Any:
        """What the action takes."""
        accepts = getattr(self.view, "accepts", None)
        if accepts is None:
            return super().get_request_serializer()
        return accepts.get(getattr(self.view, "action", ""))

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """The operation with headers and problems added; 406 and 415 can happen anywhere and are said once, here."""
        operation = super().get_operation(*args, **kwargs)
        if operation is None or not hasattr(self.view, "policy"):
            return operation
        operation.setdefault("parameters", []).extend(self._headers())
        problem = self.resolve_serializer(Problem, "response").ref
        for code in self._codes():
            content = {MEDIA_TYPE: {"schema": problem}}
            operation["responses"].setdefault(str(code), {"description": MEANING[code], "content": content})
        return operation

    def _writes(self) -> bool:
        return self.method not in {"GET", "HEAD", "OPTIONS"}

    def _edits_versions(self) -> bool:
        model = getattr(self.view, "model", None)
        return self._writes() and isinstance(model, type) and issubclass(model, Versioned) and "{id}" in self.path

    def _headers(self) -> list[dict[str, Any]]:
        headers = []
        if self._writes() and getattr(self.view, "idempotent", False):
            headers.append(
                _header(
                    "Idempotency-Key",
                    "Sent again with the same key within a day, the request is done once and answered the same.",
                    maxLength=200,
                )
            )
        if self._edits_versions():
            headers.append(
                _header("If-Match", "The ETag as you read it; 412 when somebody else changed the row since.")
            )
        return headers

    def _codes(self) -> list[int]:
        codes = [400, 406]
        if not isinstance(getattr(self.view, "policy", None), Public):
            codes += [401, 403]
        if "{" in self.path:
            codes.append(404)
        if self._writes():
            codes += [409, 415, 422]
        if self._edits_versions():
            codes.append(412)
        return codes + list(getattr(self.view, "more_problems", []))


def _header(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "schema": {"type": "string", **schema},
        "description": description,
    }
