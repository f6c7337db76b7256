"""Settings come from the environment, read here and nowhere else; a secret may come from a file (`NAME_FILE`)."""

import base64
import binascii
import ipaddress
import math
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.dateparse import parse_duration


def text(name: str, default: str | None = None) -> str:
    """The value of `name`, or the content of the file that `name`_FILE points at.

    Raises ImproperlyConfigured where neither is set and there is no default.
    """
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE can not be read: {error}") from error
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. The README lists every setting in one table.")
    return value


def flag(name: str, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value not in {"0", "1", "true", "false"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in {"1", "true"}


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def ending_in(suffix: str) -> dict[str, str]:
    """All settings whose names end so: for what a deployment may have any number of."""
    names = {name.removesuffix("_FILE") for name in os.environ}
    return {name: text(name) for name in sorted(names) if name.endswith(suffix)}


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def limit(name: str) -> int | None:
    """None where it is not set, or empty: there is none."""
    return number(name, 0) or None if text(name, "") else None


def share(name: str, default: str) -> float:
    """A part of the whole, such as 0.05."""
    try:
        value = float(text(name, default))
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise ImproperlyConfigured(f"{name} must be a share between 0 and 1, such as 0.05.")
    return value


def duration(name: str, default: str) -> timedelta:
    """An ISO 8601 duration such as PT15M or P14D."""
    return _duration(name, text(name, default))


def durations(name: str, default: str) -> dict[str, timedelta]:
    """One for everywhere, under "", and others for places: P30D,US_CA=P45D."""
    found = {}
    for word in words(name, default):
        place, _sign, value = word.rpartition("=")
        found[place] = _duration(name, value)
    if "" not in found:
        raise ImproperlyConfigured(f"{name} must begin with a duration for everywhere, such as P30D,US_CA=P45D.")
    return found


def _duration(name: str, value: str) -> timedelta:
    found = parse_duration(value)
    if found is None or found < timedelta(0):
        raise ImproperlyConfigured(f"{name} must be an ISO 8601 duration such as PT15M or P14D.")
    return found


def period(name: str, default: str) -> timedelta | None:
    """How often something is done; empty, as P0D: never."""
    return (duration(name, default) or None) if text(name, default) else None


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Such as 10.1.0.0/16,fd00::/8; none where it is not set."""
    try:
        return [ipaddress.ip_network(word) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must list networks such as 10.1.0.0/16: {error}.") from error


def key(name: str) -> bytes:
    """32 bytes in base64."""
    return _key(text(name), f"{name} must be the base64 of 32 bytes.")


def key_list(name: str) -> list[bytes]:
    """Any number of 32 bytes, separated by commas, in base64 of either alphabet."""
    complaint = f"{name} must be the base64 of 32 bytes each, separated by commas."
    padded = (word.replace("-", "+").replace("_", "/") + "=" * (-len(word) % 4) for word in words(name))
    return [_key(word, complaint) for word in padded]


def keys(name: str) -> dict[str, bytes]:
    """Keys by their id, the current one first, from "id:base64-of-32-bytes" separated by commas."""
    complaint = f"{name} must be id:base64-of-32-bytes, separated by commas."
    pairs = [word.strip().partition(":") for word in text(name).split(",")]
    if not all(name and separator for name, separator, _encoded in pairs):
        raise ImproperlyConfigured(complaint)
    return {name: _key(encoded, complaint) for name, _separator, encoded in pairs}


def _key(encoded: str, complaint: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(complaint) from error
    if len(raw) != 32:
        raise ImproperlyConfigured(complaint)
    return raw


def mailer(url: str) -> dict[str, Any]:
    """One entry of MAILERS from smtp://user:password@host:port; smtps:// is TLS at once, ?starttls=1 later."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured("SMTP_URL must look like smtp://user:password@host:587?starttls=1")
    tls = parts.scheme == "smtps"
    options: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port or (465 if tls else 25),
        "use_ssl": tls,
        "use_tls": parse_qs(parts.query).get("starttls") == ["1"],
        # A mail server that hangs must not hold a worker for longer than its lease.
        "timeout": 20,
    }
    if parts.username:
        options |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
