"""Websites of the organisation and of others: real servers on loopback addresses, each a site of its own."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.stack import Stack


@dataclass
class Page:
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"


class Website:
    """`pages` by path. `asked`: the paths of all requests so far."""

    def __init__(self, host: str) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer((host, 0), self._handler())
        self._server.daemon_threads = True
        self.origin = f"http://{host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def script(self, path: str, body: str) -> None:
        self.pages[path] = Page(body, kind="text/javascript")

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        website = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                website.asked.append(path)
                page = website.pages.get(path)
                body = (page.body if page else "").encode()
                self.send_response(200 if page else 404)
                for name, value in (page.headers if page else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Type", page.kind if page else "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Says nothing."""

        return Handler


@pytest.fixture
def website() -> Iterator[Callable[[str], Website]]:
    """One more, at a loopback address such as 127.0.0.2."""
    running: list[Website] = []

    def start(host: str) -> Website:
        running.append(Website(host))
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
