"""The main job as a mobile client does it: allauth's app sign-in, then `/api/v1/`, against the running stack."""

import io
import re
import zipfile
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import requests

from privacycenter.demo.people import PASSWORD as DEMO_PASSWORD
from privacycenter.demo.shop import ShopPerson, make_shop
from tests.privacycenter.waiting import until
from tests.stack import Stack

ADDRESS = "ari.app@example.org"
PASSWORD = "seven boats on the lake"
PATIENCE = 60


class App:
    """A client that knows nothing but the documented addresses."""

    def __init__(self, stack: Stack, address: str = ADDRESS, password: str = PASSWORD) -> None:
        self.stack, self.address, self.password = stack, address, password
        self.http = requests.Session()

    def call(self, method: str, path: str, body: Any = None, expect: int = 200, **headers: str) -> Any:
        response = self.http.request(method, self.stack.base_url + path, json=body, headers=headers, timeout=30)
        assert response.status_code == expect, (response.status_code, response.text[:2000])
        if expect >= 400 and path.startswith("/api/"):
            assert response.headers["Content-Type"] == "application/problem+json"
        is_json = "json" in response.headers.get("Content-Type", "")
        return response.json() if is_json else response.content

    def sign_up(self) -> None:
        before = len(self.stack.mails_to(self.address))
        signing_up = {"email": self.address, "password": self.password}
        self.call("POST", "/_allauth/app/v1/auth/signup", signing_up, expect=401)
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
        return any(subject in str(mail["Subject"]) for mail in self.stack.mails_to(self.address))


def test_an_app_joins_chooses_gets_a_copy_hears_of_a_change_and_leaves(stack: Stack) -> None:
    stack.manage("load_demo")
    make_shop(stack.env["SHOP_DATABASE_URL"], [ShopPerson(ADDRESS, "Ari App")])
    app = App(stack)
    app.call("GET", "/api/v1/me/", expect=401)
    app.sign_up()
    app.sign_in()
    assert app.call("GET", "/api/v1/me/")["email"] == ADDRESS
    choose(app)
    get_a_copy(app)
    hear_of_a_change(app)
    change_their_mind_and_leave(app)


def choose(app: App) -> None:
    purposes = {row["slug"]: row for row in app.call("GET", "/api/v1/purposes/?page_size=200")["results"]}
    shown = {"purpose": "marketing-mail", "text_sha256": purposes["marketing-mail"]["text_sha256"]}
    granting = {"client_id": str(uuid4()), "decisions": [{**shown, "decision": "granted"}]}
    key = {"Idempotency-Key": str(uuid4())}
    once = app.call("POST", "/api/v1/choices/", granting, expect=201, **key)
    assert app.call("POST", "/api/v1/choices/", granting, expect=201, **key) == once
    app.call("POST", "/api/v1/choices/", {"decisions": [{**shown, "decision": "refused"}]}, expect=201)
    standing = {row["purpose"]: row["decision"] for row in app.call("GET", "/api/v1/choices/")["results"]}
    assert standing["marketing-mail"] == "withdrawn"
    assert standing["surveys"] is None
    history = app.call("GET", "/api/v1/choices/history/")["results"]
    assert [event["decision"] for event in history] == ["withdrawn", "granted"]
    problem = app.call(
        "POST", "/api/v1/choices/", {"decisions": [{"purpose": "no-such", "decision": "refused"}]}, expect=422
    )
    assert problem["errors"]


def get_a_copy(app: App) -> None:
    asked = app.call("POST", "/api/v1/requests/", {"kind": "access"}, expect=201)
    assert app.call("POST", "/api/v1/requests/", {"kind": "access"})["id"] == asked["id"]
    path = f"/api/v1/requests/{asked['id']}/"
    assert until(lambda: app.call("GET", path)["state"] == "done", PATIENCE)
    done = app.call("GET", path)
    assert {step["state"] for step in done["steps"]} == {"done"}
    archive = app.call("GET", done["links"]["archive"])
    with zipfile.ZipFile(io.BytesIO(app.call("POST", archive["content"]))) as content:
        everything = b"".join(content.read(name) for name in content.namelist()).decode("utf-8", "replace")
    assert ADDRESS in everything
    app.call("POST", archive["content"], expect=410)
    stranger = App(app.stack, "alice@people.example", DEMO_PASSWORD)
    stranger.sign_in()
    stranger.call("POST", archive["content"], expect=404)
    stranger.call("GET", path, expect=404)


def hear_of_a_change(app: App) -> None:
    """The editor's act itself is the browser journey's; here it is enough that it happened."""
    code = (
        "from accounts.users.models import User; from consents.policies.draft import draft;"
        "from consents.policies.publish import publish;"
        "text = draft('terms', language='en', title='Terms for apps', body='# Terms\\n\\nText.', material=True);"
        "publish(text.version, actor=User.objects.get(email='editor@staff.example'))"
    )
    app.stack.manage("shell", "-c", code)
    assert until(lambda: app.mail("Terms for apps"), PATIENCE)
    outstanding = [row for row in app.call("GET", "/api/v1/me/")["outstanding"] if row["document"] == "terms"]
    assert len(outstanding) == 1
    app.call("POST", "/api/v1/acknowledgements/", {"version": outstanding[0]["id"]}, expect=201)
    assert not [row for row in app.call("GET", "/api/v1/me/")["outstanding"] if row["document"] == "terms"]
    assert app.call("GET", "/api/v1/notices/")["results"]


def change_their_mind_and_leave(app: App) -> None:
    rehearsal = app.call("GET", "/api/v1/requests/erasure-rehearsal/")
    assert rehearsal["going"]
    assert all(row["law"] and row["until"] for row in rehearsal["staying"])
    asked = app.call("POST", "/api/v1/requests/", {"kind": "erasure"}, expect=201)
    app.call("GET", "/api/v1/me/", expect=401)
    app.sign_in()
    app.call("POST", asked["links"]["cancel"])
    app.call("GET", "/api/v1/data/")
    app.call("POST", "/api/v1/requests/", {"kind": "erasure"}, expect=201)
    assert until(lambda: app.mail("was deleted"), PATIENCE)
    app.sign_in(expect=400)
    app.sign_up()
    app.sign_in()
    assert app.call("GET", "/api/v1/choices/history/")["results"] == []
