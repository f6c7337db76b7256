"""Values of any database as JSON can hold them, so that a copy reads the same whatever it came from."""

import math
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.duration import duration_iso_string

type JSON = bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None
type Row = dict[str, JSON]


def plain(value: Any) -> JSON:
    """Nothing is rounded: decimals and numbers that JSON lacks become text, instants are RFC 3339 in UTC."""
    match value:
        case Enum():
            return plain(value.value)
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case str():
            # Legal in JSON, but neither CSV nor a page can hold a NUL.
            return value.replace("\0", "\N{REPLACEMENT CHARACTER}")
        case datetime():
            return _instant(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return duration_iso_string(value)
        case Decimal():
            return format(value, "f")
        case bytes() | bytearray() | memoryview():
            return b64encode(bytes(value)).decode()
        case Mapping():
            return {str(plain(key)): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    return plain(str(value))


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
