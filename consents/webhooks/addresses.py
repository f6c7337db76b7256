"""Which addresses may be told: the public internet over TLS, and the networks that the deployment names.

Whoever may write down an address must not be able to make our servers call what only our servers can reach: the cloud's
metadata service, the database, an administration page without a password. So names are judged by what they resolve to,
at the moment of the call, and the call goes to the address that was judged (see post.py).
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

type Address = IPv4Address | IPv6Address

HOST = re.compile(r"[A-Za-z0-9.:_-]+")
PORTS = {"http": 80, "https": 443}
# All that is given out of IPv6 so far. The rest, such as ::/8, is or was for special ends.
GIVEN_OUT = ipaddress.ip_network("2000::/3")
# An IPv6 address behind which a gateway reaches an IPv4 address (RFC 6052).
NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Unreachable(Exception):
    """`code` says why: dns, forbidden-address, not-https."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True)
class Target:
    secure: bool
    host: str
    port: int
    # The path and the query, as the request line has them.
    path: str

    @property
    def name(self) -> str:
        """For the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS["https" if self.secure else "http"] else f"{host}:{self.port}"


def target(url: str) -> Target:
    """Raises ValueError where it is no address that a message can be sent to."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ValueError("an address is printable ASCII without spaces")
    parts = urlsplit(url)
    host, port = parts.hostname, parts.port
    if parts.scheme not in PORTS or not host or not HOST.fullmatch(host) or port == 0:
        raise ValueError("an address is http(s)://host/path")
    if "@" in parts.netloc or "#" in url:
        raise ValueError("an address has no user and no fragment")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme == "https", host, port or PORTS[parts.scheme], path)


def check_url(url: str) -> None:
    """For forms: what is wrong with it for sure. What its name resolves to is judged at each call."""
    try:
        aim = target(url)
    except ValueError as error:
        raise ValidationError(
            _("An address is https://host/path, without spaces, user, password and “#”."), code="address"
        ) from error
    if not aim.secure and not settings.WEBHOOK_NETWORKS:
        raise ValidationError(_("Messages are sent over https only."), code="not-https")
    if (literal := _literal(aim.host)) and not may_reach(literal, secure=aim.secure):
        raise ValidationError(_("This address is not on the public internet."), code="forbidden-address")


def resolve(aim: Target) -> list[Address]:
    """The addresses behind the name that may be called, in the resolver's order. Raises Unreachable."""
    try:
        found = socket.getaddrinfo(aim.host, aim.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable("dns") from error
    # An address with a zone, such as fe80::1%eth0, belongs to a link.
    texts = list(dict.fromkeys(str(sockaddr[0]) for *_rest, sockaddr in found))
    addresses = [ipaddress.ip_address(text) for text in texts if "%" not in text]
    if allowed := [address for address in addresses if may_reach(address, secure=aim.secure)]:
        return allowed
    only_tls = any(may_reach(address, secure=True) for address in addresses)
    raise Unreachable("not-https" if only_tls else "forbidden-address")


def may_reach(address: Address, *, secure: bool) -> bool:
    address = _inner(address)
    if any(address in network for network in settings.WEBHOOK_NETWORKS):
        return True
    return secure and _is_public(address)


def _inner(address: Address) -> Address:
    """The IPv4 address that the machine, or a gateway, makes of an IPv6 one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in NAT64:
        return IPv4Address(address.packed[-4:])
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    # 6to4 and Teredo lead to IPv4 addresses as well; Python counts neither as global.
    return isinstance(address, IPv4Address) or address in GIVEN_OUT


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
