"""Addresses of pages: from where they come, and to whom a host belongs."""

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit

PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> str:
    """As browsers write it; empty where there is none, or the address is no address of the web."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if parts.scheme not in PORTS or not host:
        return ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != PORTS[parts.scheme] else "")


def host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def path_of(url: str) -> str:
    """Without what follows it: a query may tell of a person."""
    return urlsplit(url).path or "/"


def page_of(url: str) -> str:
    """The page that an address leads to, wherever on it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path or "/", fragment=""))


def is_of_one(host: str, other: str) -> bool:
    """Whether both belong to one owner, as far as their names tell.

    They do if they are the same, or if the last two labels are, or the last three where the last two look like what a
    country hands out below (co.uk, com.au). Which endings are handed out to strangers is a list of thousands that
    changes weekly; without it two customers of one hosting service count as one owner. Numbers and bare names equal
    only themselves.
    """
    return host == other or ((owner := _owner(host)) != "" and owner == _owner(other))


def is_ours(host: str, ours: Iterable[str]) -> bool:
    return any(is_of_one(host, each) for each in ours)


def _owner(host: str) -> str:
    if _is_number(host):
        return ""
    labels = host.rstrip(".").split(".")
    wanted = 3 if len(labels[-1]) == 2 and len(labels) > 1 and len(labels[-2]) <= 3 else 2
    return ".".join(labels[-wanted:]) if len(labels) >= wanted else ""


def _is_number(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
