"""A system that is told: a real HTTP server on this machine, which answers as a test wants it to."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import Settings

from consents.webhooks.models import Endpoint
from consents.webhooks.rotate import rotate


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Reply:
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Receiver:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        # What it says; may wait, and may look at the call.
        self.answer: Callable[[Call], Reply] = lambda call: Reply()
        self._lock = threading.Lock()
        self._under_way = self.most_at_once = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?from=privacy"

    @property
    def told(self) -> list[tuple[str, str]]:
        data = [call.content["data"] for call in self.calls]
        return [(each["purpose"], each["decision"]) for each in data]

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, call: Call) -> Reply:
        with self._lock:
            self.calls.append(call)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            return self.answer(call)
        finally:
            with self._lock:
                self._under_way -= 1

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805  # `self` is the request's
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # http.server's name for it
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:
                    # Whoever called was killed in the middle of a word.
                    self.close_connection = True
                    return
                reply = receiver.take(Call(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(reply.status)
                for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)

            def log_message(self, *_words: Any) -> None:
                pass

        return Handler


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """This machine may be called, as nothing but the public internet may otherwise."""
    settings.WEBHOOK_NETWORKS = [ip_network("127.0.0.0/8")]
    receiver = Receiver()
    yield receiver
    receiver.stop()


def endpoint_at(url: str, name: str = "Shop") -> tuple[Endpoint, str]:
    """With its secret."""
    endpoint = Endpoint.objects.create(name=name, url=url)
    return endpoint, rotate(endpoint)
