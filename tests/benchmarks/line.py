"""One connection to a web server. Hardly more than a socket: the client must not be what is measured."""

import contextlib
import socket
from collections.abc import Iterator, Mapping
from functools import cached_property
from urllib.parse import urlsplit

CONNECTIONS = 4


class Line:
    def __init__(self, base_url: str) -> None:
        address = urlsplit(base_url)
        assert address.hostname is not None
        self.host, self.address = address.netloc, (address.hostname, address.port or 80)

    @cached_property
    def socket(self) -> socket.socket:
        """Opened when it is first used: see `rate.APART`."""
        opened = socket.create_connection(self.address)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def request(self, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
        """The bytes of a POST, to be sent any number of times."""
        lines = [f"POST {path} HTTP/1.1", f"Host: {self.host}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "\r\n"]).encode() + body

    def reading(self, path: str, headers: Mapping[str, str]) -> bytes:
        """The bytes of a GET."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.host}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "\r\n"]).encode()

    def send(self, request: bytes, status: int = 200) -> bytes:
        """The body of the answer, which has to have this status."""
        self.socket.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _blank, body = data.partition(b"\r\n\r\n")
        first, *lines = head.split(b"\r\n")
        assert first.split()[1] == b"%d" % status, data
        (length,) = (int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length"))
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(more := self._more())
            missing -= len(more)
        return b"".join(parts)

    def _more(self) -> bytes:
        data = self.socket.recv(1 << 20)
        assert data, "the server hung up"
        return data

    def close(self) -> None:
        self.socket.close()


@contextlib.contextmanager
def several(base_url: str) -> Iterator[list[Line]]:
    """As many as keep a web server of this size busy."""
    with contextlib.ExitStack() as closing:
        yield [closing.enter_context(contextlib.closing(Line(base_url))) for _number in range(CONNECTIONS)]
