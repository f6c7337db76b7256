"""The one call to the outside: to an address that was judged, for a limited time, and of the answer only its head.

The standard library's client resolves the name by itself, after whoever checked it; a name that answers differently the
second time (DNS rebinding) would lead anywhere. So the connection is made here, to an address that passed, and only the
HTTP is left to the library. Proxies of the environment are not used, redirects are not followed.
"""

import functools
import io
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.utils import timezone

from consents.webhooks.addresses import Address, Target, Unreachable, resolve, target

# For everything from connecting to the head of the answer, in seconds. The standard suggests 15 to 30.
TIMEOUT = 15.0
# For each address of a name, so that one that is dead leaves time for the next.
CONNECTING = 5.0
# More than any head of an answer needs; the body is not read.
LARGEST_HEAD = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """`status` is None where there was none; then `error` says why."""

    milliseconds: int
    status: int | None = None
    error: str = ""
    retry_after: timedelta | None = None

    @property
    def is_confirmation(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class TooLong(Exception):
    """The head of the answer does not end."""


def post(url: str, headers: Mapping[str, str], body: bytes, *, timeout: float = TIMEOUT) -> Answer:
    """Whatever happens out there is an answer."""
    began = time.monotonic()
    status, error, retry_after = None, "", None
    try:
        aim = target(url)
        status, wish = _ask(aim, headers, body, began + timeout)
        retry_after = _retry_after(wish)
    except Unreachable as refused:
        error = refused.code
    except TimeoutError:
        error = "timeout"
    except ssl.SSLError:
        error = "tls"
    except OSError:
        error = "connection"
    except (HTTPException, TooLong):
        error = "bad-answer"
    except ValueError:
        error = "bad-address"
    return Answer(int((time.monotonic() - began) * 1000), status, error, retry_after)


def _ask(aim: Target, headers: Mapping[str, str], body: bytes, deadline: float) -> tuple[int, str | None]:
    """The status, and the Retry-After."""
    with _connected(aim, resolve(aim), deadline) as sock:
        connection = HTTPConnection(aim.host, aim.port)
        connection.auto_open = 0
        wire: Any = _Wire(sock, deadline)
        connection.sock = wire
        connection.request("POST", aim.path, body, {"Host": aim.name, "Connection": "close", **headers})
        with connection.getresponse() as response:
            return response.status, response.getheader("Retry-After")


def _connected(aim: Target, addresses: list[Address], deadline: float) -> socket.socket:
    failure: OSError | None = None
    for address in addresses:
        # Not socket.create_connection: it would ask the resolver once more.
        sock = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        try:
            sock.settimeout(min(CONNECTING, _left(deadline)))
            sock.connect((str(address), aim.port))
        except OSError as error:
            sock.close()
            failure = error
            continue
        return _secured(sock, aim, deadline)
    assert failure is not None, "there is at least one address"
    raise failure


def _secured(sock: socket.socket, aim: Target, deadline: float) -> socket.socket:
    try:
        # Head and body are two packets; without this the second waits for an acknowledgement of the first.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not aim.secure:
            return sock
        sock.settimeout(_left(deadline))
        return _tls().wrap_socket(sock, server_hostname=aim.host)
    except BaseException:
        sock.close()
        raise


@functools.cache
def _tls() -> ssl.SSLContext:
    """Trusts what OpenSSL is told to trust; SSL_CERT_FILE adds an authority of one's own."""
    return ssl.create_default_context()


class _Wire:
    """As much of a socket as http.client asks for. Whoever opened the real one closes it."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Head(self._sock, self._deadline))

    def close(self) -> None:
        pass


class _Head(io.RawIOBase):
    """What comes back, for all of which there is one deadline and one limit.

    A socket's own timeout counts anew with every byte: an endpoint that sends one now and then would hold us for hours.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline, self._room = sock, deadline, LARGEST_HEAD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._room <= 0:
            raise TooLong
        self._sock.settimeout(_left(self._deadline))
        read = self._sock.recv_into(buffer)
        self._room -= read
        return read


def _left(deadline: float) -> float:
    """Raises TimeoutError."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _retry_after(value: str | None) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3); None where it is neither."""
    value = (value or "").strip()
    if value.isdecimal() and value.isascii():
        return timedelta(seconds=int(value[:9]))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(moment.astimezone(UTC) - timezone.now(), timedelta(0)) if isinstance(moment, datetime) else None
