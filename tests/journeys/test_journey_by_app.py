"""The main job as a mobile client does it: allauth's app sign-in, then `/api/v1/`, against the running stack."""

import io
import zipfile
from uuid import uuid4

from privacycenter.demo.people import PASSWORD as DEMO_PASSWORD
from privacycenter.demo.shop import ShopPerson, make_shop
from tests.journeys.app import PATIENCE, App, publish
from tests.privacycenter.waiting import until
from tests.stack import Stack

ADDRESS = "ari.app@example.org"
PASSWORD = "seven boats on the lake"


def test_an_app_joins_chooses_gets_a_copy_hears_of_a_change_and_leaves(stack: Stack) -> None:
    make_shop(stack.env["SHOP_DATABASE_URL"], [ShopPerson(ADDRESS, "Ari App")])
    app = App(stack, ADDRESS, PASSWORD)
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
    publish(app.stack, "Terms for apps")
    assert until(lambda: app.mail("Terms for apps"), PATIENCE)
    outstanding = [row for row in app.call("GET", "/api/v1/me/")["outstanding"] if row["document"] == "terms-for-apps"]
    assert len(outstanding) == 1
    app.call("POST", "/api/v1/acknowledgements/", {"version": outstanding[0]["id"]}, expect=201)
    assert not [row for row in app.call("GET", "/api/v1/me/")["outstanding"] if row["document"] == "terms-for-apps"]
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
