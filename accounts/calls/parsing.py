import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.utils.translation import gettext as _
from rest_framework.parsers import JSONParser

from accounts.calls.refusals import Refusal


class Unreadable(Refusal):
    """`field` is the key at fault, or the body as a whole."""

    code = "unreadable"
    field = "body"
    status = 400


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Unreadable(_("This key stands twice in the same object."), field=twice)
    return parsed


def _no_constant(name: str) -> Any:
    raise Unreadable(_("%(name)s is not JSON.") % {"name": name})


class StrictJSONParser(JSONParser):
    """JSON in UTF-8 of at most DATA_UPLOAD_MAX_MEMORY_SIZE bytes, each key once, no NUL: what a database can hold."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise RequestDataTooBig
        try:
            text = raw.decode("utf-8")
            parsed = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        except UnicodeDecodeError as error:
            raise Unreadable(_("The body is not UTF-8.")) from error
        except (ValueError, RecursionError) as error:
            raise Unreadable(_("The body is not JSON.")) from error
        if "\\u0000" in text:
            raise Unreadable(_("Text may not contain NUL."))
        return parsed
