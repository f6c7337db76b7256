"""Websites of the organisation and of others: real servers on loopback addresses, each a site of its own."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.stack import Stack


@dataclass
class Answer:
    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


class Web:
    """One server; what is not among its pages is not found."""

    def __init__(self, host: str) -> None:
        self.pages: dict[str, str | Answer | Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        # A page that waits for it never answers while the test runs.
        self.over = threading.Event()
        self._server = ThreadingHTTPServer((host, 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.host, self.origin = host, f"http://{host}:{self._server.server_address[1]}"

    def never(self) -> Answer:
        self.over.wait()
        return Answer()

    def visits(self, path: str) -> int:
        return self.asked.count(path)

    def stop(self) -> None:
        self.over.set()
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, path: str, agent: str) -> Answer:
        self.asked.append(path)
        self.agents.add(agent)
        page = self.pages.get(path.partition("?")[0], Answer("nothing here", 404))
        page = page() if callable(page) else page
        return page if isinstance(page, Answer) else Answer(page)

    def _handler(web) -> type[BaseHTTPRequestHandler]:  # noqa: N805  # `self` is the request's
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # http.server's name for it
                answer = web.answer(self.path, self.headers.get("User-Agent", ""))
                body = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
                self.send_response(answer.status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the browser did not wait for it

            def log_message(self, *_words: Any) -> None:
                pass

        return Handler


@pytest.fixture
def website() -> Iterator[Callable[[str], Web]]:
    """One more, at a loopback address such as 127.0.0.2."""
    running: list[Web] = []

    def start(host: str) -> Web:
        running.append(Web(host))
        return running[-1]

    yield start
    for each in running:
        each.stop()


def register(stack: Stack, origin: str, **look: str) -> str:
    """Makes it a site of the organisation; gives its slug. `look`: columns of the site."""
    slug = f"shop-{uuid4().hex[:8]}"
    plain = {"jurisdiction": "", "layout": "bottom", "ground": "", "ink": "", "button": "", "button_ink": ""}
    row = {"slug": slug, "name": "A shop", **plain, **look}
    columns, values = ", ".join(row), ", ".join(f"%({column})s" for column in row)
    with psycopg.connect(stack.env["DATABASE_URL"]) as connection:
        insert = f"INSERT INTO cookies_site ({columns}) VALUES ({values})"  # noqa: S608  # names of our own columns
        connection.execute(insert.encode(), row)
        connection.execute(
            """
            INSERT INTO cookies_siteorigin (site_id, origin) SELECT id, %s FROM cookies_site WHERE slug = %s
            -- A port that a website of an earlier test had.
            ON CONFLICT (origin) DO UPDATE SET site_id = EXCLUDED.site_id
            """,
            [origin, slug],
        )
    return slug


def recorded(stack: Stack, device: str) -> list[dict[str, Any]]:
    """What stands in the database for the device of a cookie, in the order in which it came."""
    question = """
        SELECT purpose.slug AS purpose, decision, method, wording.language, subject.stage
        FROM choices_event AS event
        JOIN catalogue_purpose AS purpose ON purpose.id = event.purpose_id
        LEFT JOIN choices_wording AS wording ON wording.id = event.wording_id
        JOIN subjects_subject AS subject ON subject.id = event.subject_id
        WHERE replace(replace(rtrim(encode(uuid_send(subject_id), 'base64'), '='), '+', '-'), '/', '_') = %s
        ORDER BY event.id
    """
    with psycopg.connect(stack.env["DATABASE_URL"], row_factory=dict_row) as connection:
        return connection.execute(question, [device.partition(":")[0]]).fetchall()
