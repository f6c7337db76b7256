"""What we hold about you: the page, the API, the overview and the operator's command. Behaviours 3, 4, 5."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.users.models import User
from consents.catalogue.load import load
from dsar.connectors.checks import manifests_are_right
from dsar.connectors.sql import SqlSystem
from dsar.datamap.overview import held, look
from privacycenter import demo
from tests.shop import SYSTEMS

type Browsers = Callable[[User], Client]
type Apps = Callable[[User], APIClient]

CATALOGUE = Path(demo.__file__).parent / "catalogue.yaml"


@pytest.fixture
def catalogue(db: None) -> None:
    load(CATALOGUE.read_bytes())


@pytest.fixture
def shop_down(shop: SqlSystem, settings: Settings, tmp_path: Path) -> None:
    settings.SYSTEM_URLS = {"SHOP_DATABASE_URL": f"postgresql:///shop?host={tmp_path}"}


def test_the_page_says_what_is_held_where_what_for_and_how_it_ends(
    shop: SqlSystem, catalogue: None, alice: User, client_for: Browsers
) -> None:
    page = client_for(alice).get("/data/").content.decode()
    for words in (
        "Registration details",
        "Your profile",
        "Your orders and invoices",
        "3 entries",
        "Kept in: Online shop",
        "You gave it to us",
        "Order number",
        "Kept until 10 years after the erasure",
        "Directive 2006/112/EC Art. 247",
        "Payment details",
    ):
        assert words in page, words
    assert 'href="/requests/new/access/"' in page


def test_the_page_shows_only_my_own(shop: SqlSystem, catalogue: None, bob: User, client_for: Browsers) -> None:
    """Bob is no customer of the shop."""
    assert "Kept in: Online shop" not in client_for(bob).get("/data/").content.decode()
    assert [each.collection.name for each in look(subject(bob)).empty if each.system.key == "shop"] == [
        "customers",
        "addresses",
        "orders",
        "order_items",
        "messages",
        "search_history",
    ]


def subject(user: User) -> Any:
    return user.subject


def test_the_page_holds_no_value_of_anybody(
    shop: SqlSystem, catalogue: None, alice: User, client_for: Browsers
) -> None:
    """Whoever looks over the shoulder sees kinds and numbers; the values are in the copy."""
    page = client_for(alice).get("/data/").content.decode()
    assert "+49 30 5550" not in page
    assert "Alice Example" not in page


def test_a_system_that_is_down_is_named_and_hides_nothing_else(
    shop_down: None, catalogue: None, alice: User, client_for: Browsers
) -> None:
    response = client_for(alice).get("/data/")
    page = response.content.decode()
    assert response.status_code == 200
    assert "Online shop does not answer right now" in page
    assert "Your profile" in page


def test_a_system_that_is_down_is_not_asked_again_at_once(
    shop_down: None, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    unasked = SqlSystem.held

    def ask(system: SqlSystem, who: Any) -> Any:
        asked.append(system.key)
        return unasked(system, who)

    monkeypatch.setattr(SqlSystem, "held", ask)
    for _turn in range(3):
        assert [system.key for system in look(subject(alice)).silent] == ["shop"]
    assert asked == ["shop"]


def test_the_page_needs_a_sign_in(client: Client) -> None:
    response = client.get("/data/")
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_the_page_can_not_be_posted_to(alice: User, client_for: Browsers) -> None:
    assert client_for(alice).post("/data/").status_code == 405


def test_the_pages_statements_do_not_depend_on_the_number_of_rows(
    shop: SqlSystem, catalogue: None, alice: User, client_for: Browsers
) -> None:
    client = client_for(alice)
    client.get("/data/")
    with CaptureQueriesContext(connection) as few:
        client.get("/data/")
    for number in range(20):
        EmailAddress.objects.create(user=alice, email=f"alice{number}@example.org")
    with CaptureQueriesContext(connection) as many:
        client.get("/data/")
    assert len(many) == len(few) < 40


def test_the_overview_sums_up_by_category(shop: SqlSystem, catalogue: None, alice: User) -> None:
    lines = {line["category"]: line for line in held(subject(alice))}
    assert lines["Payment details"] == {"category": "Payment details", "sources": "Online shop", "count": 12}
    assert lines["Registration details"]["sources"] == "Online shop, Privacy Center"


def test_a_category_that_the_catalogue_lacks_is_shown_all_the_same(shop: SqlSystem, alice: User) -> None:
    assert "Search browsing" in [line["category"] for line in held(subject(alice))]


def test_the_api_says_the_same(shop: SqlSystem, catalogue: None, alice: User, api_for: Apps) -> None:
    api = api_for(alice)
    response = api.get("/api/v1/data/")
    assert response.status_code == 200
    found = response.json()
    assert found["silent"] == []
    orders = next(
        holding for category in found["categories"] for holding in category["holdings"] if holding["name"] == "orders"
    )
    assert orders["system"] == {"key": "shop", "name": "Online shop"}
    assert orders["rows"] == 3
    assert orders["erasure"]["action"] == "keep"
    assert orders["erasure"]["until"] == "10 years after the erasure"
    assert {"slug": "service", "name": orders["purposes"][0]["name"]} in orders["purposes"]
    again = api.get("/api/v1/data/", headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304


def test_the_api_speaks_the_callers_language(shop: SqlSystem, catalogue: None, alice: User, api_for: Apps) -> None:
    found = api_for(alice).get("/api/v1/data/", headers={"Accept-Language": "de"}).json()
    titles = {holding["title"] for category in found["categories"] for holding in category["holdings"]}
    assert "Ihre Bestellungen und Rechnungen" in titles


def test_the_api_needs_a_sign_in(db: None) -> None:
    response = APIClient().get("/api/v1/data/")
    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"


def test_the_api_names_a_system_that_is_down(shop_down: None, alice: User, api_for: Apps) -> None:
    assert api_for(alice).get("/api/v1/data/").json()["silent"] == [{"key": "shop", "name": "Online shop"}]


def checked() -> str:
    out = StringIO()
    call_command("datamap", "check", stdout=out)
    return out.getvalue()


def test_the_command_finds_the_demo_in_order(shop: SqlSystem, catalogue: None) -> None:
    assert "Every table and column is classified." in checked()


def test_the_command_lists_what_nobody_classified(shop: SqlSystem, shop_db: Any, catalogue: None) -> None:
    shop_db.execute("ALTER TABLE customers ADD COLUMN shoe_size int")
    shop_db.execute("CREATE TABLE diary (id int PRIMARY KEY)")
    out = StringIO()
    try:
        with pytest.raises(CommandError, match="2 differences"):
            call_command("datamap", "check", stdout=out)
    finally:
        shop_db.execute("ALTER TABLE customers DROP COLUMN shoe_size; DROP TABLE diary")
    assert "shop: customers.shoe_size: nobody classified this column." in out.getvalue()
    assert "shop: diary: nobody classified this table." in out.getvalue()


def test_the_command_names_a_system_that_is_down(shop_down: None, catalogue: None) -> None:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("datamap", "check", stdout=out)
    assert out.getvalue() == "shop: does not answer (unreachable).\n"


def test_the_command_lists_slugs_that_the_catalogue_lacks(db: None) -> None:
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("datamap", "check", stdout=out)
    assert "privacy-center: users.Profile: the catalogue has no category registration." in out.getvalue()
    assert "privacy-center: users.Profile: the catalogue has no purpose service." in out.getvalue()


def test_every_declaration_uses_slugs_of_the_demos_catalogue(shop: SqlSystem, catalogue: None) -> None:
    assert "catalogue" not in checked()


def test_a_manifest_with_a_fault_stops_the_deployment(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text((SYSTEMS / "shop.yaml").read_text().replace("source: observed", "source: odd"))
    settings.SYSTEMS_DIR = tmp_path
    (fault,) = manifests_are_right()
    assert fault.id == "datamap.E007"
    assert "shop.yaml: Line" in fault.msg


def test_two_manifests_of_the_same_system_stop_the_deployment(settings: Settings, tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text((SYSTEMS / "shop.yaml").read_text())
    settings.SYSTEMS_DIR = tmp_path
    assert [fault.msg for fault in manifests_are_right()] == ["Two manifests have the key shop."]


def test_a_system_without_its_address_stops_the_deployment(settings: Settings) -> None:
    settings.SYSTEMS_DIR, settings.SYSTEM_URLS = SYSTEMS, {}
    (fault,) = manifests_are_right()
    assert (fault.id, fault.msg) == ("datamap.E008", "SHOP_DATABASE_URL is not set.")


def test_a_directory_of_manifests_that_is_not_there_stops_the_deployment(settings: Settings, tmp_path: Path) -> None:
    settings.SYSTEMS_DIR = tmp_path / "nowhere"
    assert [fault.id for fault in manifests_are_right()] == ["datamap.E007"]
