"""ETag and If-None-Match for what clients poll: an unchanged answer is 304 and costs no bytes (RFC 9110)."""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.utils.cache import get_conditional_response
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder


def conditional(method: Callable[..., Response]) -> Callable[..., Any]:
    """For the GET methods of API views. The tag is a hash of what the answer says."""

    @wraps(method)
    def wrapper(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        response = method(view, request, *args, **kwargs)
        if response.status_code != 200:
            return response
        content = json.dumps(response.data, cls=JSONEncoder).encode()
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        response["ETag"] = etag
        response["Cache-Control"] = "private, no-cache"
        answer = get_conditional_response(request._request, etag=etag, response=response)
        return (
            response
            if answer is None or answer is response
            else Response(status=answer.status_code, headers={"ETag": etag})
        )

    return wrapper
