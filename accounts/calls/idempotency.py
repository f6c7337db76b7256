"""`Idempotency-Key`: a creating call that is repeated, because its answer was lost, acts once.

Same key, same call: the same answer. Same key, other call: 422. The kept answer and the act commit together; two calls
at the same moment are put in line by the unique constraint, and a call that fails keeps nothing, so it may be repeated.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from accounts.calls.models import Answer
from accounts.calls.permissions import caller
from accounts.calls.refusals import Refusal

KEPT_FOR = timedelta(days=1)


class KeyReused(Refusal):
    code = "idempotency-key-reused"
    field = "Idempotency-Key"
    message = _("This Idempotency-Key was used for another call.")


class KeyUnusable(Refusal):
    code = "idempotency-key-unusable"
    field = "Idempotency-Key"
    status = 400
    message = _("An Idempotency-Key has 1 to 200 printable ASCII characters.")


def idempotent(method: Callable[..., Response]) -> Callable[..., Response]:
    """For the creating methods of API views. Without the header the call just acts."""

    @wraps(method)
    def wrapper(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return method(view, request, *args, **kwargs)
        if not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
            raise KeyUnusable
        with transaction.atomic():
            kept, is_new = _claim(request, key)
            if not is_new:
                return Response(json.loads(kept.body or "null"), status=kept.status)
            response = method(view, request, *args, **kwargs)
            kept.status, kept.body = response.status_code, json.dumps(response.data, cls=JSONEncoder)
            kept.save(update_fields=["status", "body"])
            return response

    return wrapper


def _claim(request: Request, key: str) -> tuple[Answer, bool]:
    subject = caller(request)
    fingerprint = _fingerprint(request)
    Answer.objects.filter(subject=subject, key=key, created_at__lt=timezone.now() - KEPT_FOR).delete()
    kept, is_new = Answer.objects.select_related("subject").get_or_create(
        subject=subject, key=key, defaults={"fingerprint": fingerprint}
    )
    if kept.fingerprint != fingerprint:
        raise KeyReused
    return kept, is_new


def _fingerprint(request: Request) -> str:
    content = json.dumps(request.data, sort_keys=True, cls=JSONEncoder)
    return hashlib.sha256(f"{request.method}\n{request.path}\n{content}".encode()).hexdigest()


def forget_answers() -> int:
    """Delete what is past its day."""
    deleted, _by_model = Answer.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    return deleted
