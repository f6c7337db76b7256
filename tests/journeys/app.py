"""A mobile client for the tests of the running stack."""

import re
from typing import Any
from urllib.parse import unquote

import psycopg
import requests

from tests.privacycenter.waiting import until
from tests.stack import Stack

PATIENCE = 60


class App:
    """A client that knows nothing but the documented addresses."""

    def __init__(self, stack: Stack, address: str, password: str) -> None:
        self.stack, self.address, self.password = stack, address, password
        self.http = requests.Session()

    def call(self, method: str, path: str, body: Any = None, expect: int = 200, **headers: str) -> Any:
        response = self.http.request(method, self.stack.base_url + path, json=body, headers=headers, timeout=30)
        assert response.status_code == expect, (response.status_code, response.text[:2000])
        if expect >= 400 and path.startswith("/api/"):
            assert response.headers["Content-Type"] == "application/problem+json"
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.json() if is_json else response.content

    def ask_to_join(self) -> None:
        signing_up = {"email": self.address, "password": self.password}
        self.call("POST", "/_allauth/app/v1/auth/signup", signing_up, expect=401)

    def sign_up(self) -> None:
        before = len(self.stack.mails_to(self.address))
        self.ask_to_join()
        assert until(lambda: len(self.stack.mails_to(self.address)) > before, PATIENCE)
        body = self.stack.mails_to(self.address)[-1].get_body(("plain",))
        assert body is not None
        (key,) = re.findall(r"/accounts/confirm-email/([^/\s]+)", body.get_content())
        self.call("POST", "/_allauth/app/v1/auth/email/verify", {"key": unquote(key)}, expect=401)

    def sign_in(self, expect: int = 200) -> None:
        self.http.headers.pop("X-Session-Token", None)
        credentials = {"email": self.address, "password": self.password}
        answer = self.call("POST", "/_allauth/app/v1/auth/login", credentials, expect=expect)
        if expect == 200:
            self.http.headers["X-Session-Token"] = answer["meta"]["session_token"]

    def mail(self, subject: str) -> bool:
        return self.mails(subject) > 0

    def mails(self, subject: str) -> int:
        """How many came whose subject holds these words."""
        return sum(subject in str(mail["Subject"]) for mail in self.stack.mails_to(self.address))


def accounts(stack: Stack) -> set[str]:
    """The addresses of all people; tests before this one may have left some."""
    with psycopg.connect(stack.env["DATABASE_URL"]) as connection:
        found = connection.execute("SELECT email FROM users_user WHERE subject_id IS NOT NULL")
        return {address for (address,) in found}


def publish(stack: Stack, title: str) -> None:
    """A document of this title with one material version. The journey in the browser publishes as an editor does."""
    slug = title.replace(" ", "-").lower()
    code = (
        "from accounts.users.models import User; from consents.policies.draft import draft;"
        "from consents.policies.publish import publish; from consents.policies.review import approve, submit;"
        f"text = draft({slug!r}, language='en', title={title!r}, body='Text.', material=True);"
        "editor, officer = (User.objects.get(email=f'{name}@staff.example') for name in ('editor', 'officer'));"
        "publish(approve(submit(text.version, actor=editor), actor=officer), actor=editor)"
    )
    stack.manage("shell", "-c", code)
