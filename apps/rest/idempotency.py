"""The same Idempotency-Key and the same request give the same answer, done once; another request under it is refused."""

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from apps.common.ids import new_id
from apps.common.refusals import Refused
from apps.rest.models import IdempotentRequest

HEADER = "Idempotency-Key"
KEPT = timedelta(days=1)
LONGEST = 200


class KeyReused(Refused):
    """This key was used for another request."""

    type = "idempotency-key-reused"
    title = "This key was used for another request"
    status = 422


@dataclass(frozen=True)
class Once:
    """One request to be done once: whose it is, its key, and a digest of everything it asks."""

    user_id: UUID
    key: str
    fingerprint: bytes
    at: datetime

    def run(self, work: Callable[[], Response]) -> Response:
        """Do the work unless it was done, and return its answer. Call it inside the write's transaction.

        Copies that arrive at once wait for the first at the unique index; when the first rolls back, the next one works.
        """
        if not self._reserve():
            return self._replay()
        response = work()
        IdempotentRequest.objects.filter(user_id=self.user_id, key=self.key).update(
            status=response.status_code,
            body=json.dumps(response.data, default=str),
            headers={name: response[name] for name in ("ETag", "Location") if response.has_header(name)},
        )
        return response

    def _reserve(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO rest_idempotentrequest (id, user_id, key, fingerprint, body, headers, at)"
                " VALUES (%s, %s, %s, %s, '', '{}', %s) ON CONFLICT (user_id, key) DO UPDATE SET"
                " fingerprint = EXCLUDED.fingerprint, at = EXCLUDED.at, status = NULL, body = '', headers = '{}'"
                " WHERE rest_idempotentrequest.at <= %s",
                [new_id(), self.user_id, self.key, self.fingerprint, self.at, self.at - KEPT],
            )
            return bool(cursor.rowcount == 1)

    def _replay(self) -> Response:
        done = IdempotentRequest.objects.get(user_id=self.user_id, key=self.key)
        if bytes(done.fingerprint) != self.fingerprint:
            raise KeyReused("Use a new key for a new request.")
        headers = {**done.headers, "Idempotent-Replayed": "true"}
        return Response(json.loads(done.body), status=done.status, headers=headers)


def once(request: Request, user_id: UUID, at: datetime) -> Once | None:
    """The request's Once; None when it came without a key. ValidationError when the key is not one."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not key.strip() or len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise ValidationError({HEADER: f"1 to {LONGEST} printable ASCII characters."})
    asked = json.dumps(
        [request.method, request.get_full_path(), request.headers.get("If-Match", ""), request.data],
        sort_keys=True,
    )
    # Keyed, because a body may hold a password or a birth date, which could be guessed from a plain digest.
    fingerprint = hmac.digest(settings.SECRET_KEY.encode(), b"careteam.rest.idempotency:" + asked.encode(), "sha256")
    return Once(user_id, key, fingerprint, at)


def forget_old(at: datetime) -> int:
    """Delete what is older than a day; returns how many."""
    return IdempotentRequest.objects.filter(at__lt=at - KEPT).delete()[0]
