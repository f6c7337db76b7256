"""The cookie page lists what may be kept in a browser, for anybody to read."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.test import Client

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.catalogue.load import load
from consents.catalogue.models import Purpose
from consents.cookies.models import Tracker

pytestmark = pytest.mark.django_db

DEMO = Path(settings.BASE_DIR) / "privacycenter" / "demo"


REQUEST = {"storage": "request", "name": "px.example", "lifetime": "", "party": "third", "provider": "Pixels"}


@pytest.fixture
def _catalogue() -> None:
    load((DEMO / "catalogue.yaml").read_bytes())


def page(**headers: str) -> str:
    response = Client().get("/cookies/", headers=headers)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.usefixtures("_catalogue")
def test_a_stranger_sees_each_cookie_with_purpose_provider_and_time() -> None:
    text = page()
    for tracker in Tracker.objects.current():
        assert f"<code>{tracker.name}</code>" in text
    assert "Keeps you signed in from page to page." in text
    assert "Cookies for advertising" in text
    assert "13 months" in text
    assert "Until you close the browser" in text
    assert settings.ORGANISATION in text


@pytest.mark.usefixtures("_catalogue")
def test_needed_cookies_and_choices_stand_apart() -> None:
    needed, _between, by_choice = page().partition('id="by-choice-caption"')
    assert "sessionid" in needed
    assert "sessionid" not in by_choice
    assert "_pk_id" in by_choice
    assert "_pk_id" not in needed


@pytest.mark.usefixtures("_catalogue")
def test_a_request_is_listed_and_nothing_is_kept_of_it() -> None:
    Tracker.objects.filter(slug="session").update(**REQUEST)
    row = page().split("<code>px.example</code>")[1].split("</tr>")[0]
    assert "Request to another company" in row
    assert "Nothing is kept" in row


@pytest.mark.usefixtures("_catalogue")
def test_tables_can_be_scrolled_by_keyboard_and_have_captions() -> None:
    text = page()
    assert text.count('role="region" tabindex="0" aria-labelledby=') == 2
    assert re.findall(r"<caption[^>]*>(.*?)</caption>", text) == ["Needed cookies", "Cookies you choose"]


@pytest.mark.usefixtures("_catalogue")
def test_the_page_speaks_the_reader_s_language() -> None:
    assert "Hält Sie von Seite zu Seite angemeldet." in page(**{"Accept-Language": "de"})


@pytest.mark.usefixtures("_catalogue")
def test_a_cookie_no_longer_used_is_no_longer_listed() -> None:
    Tracker.objects.filter(name="IDE").update(retired_at="2026-01-01T00:00Z")
    assert "<code>IDE</code>" not in page()


def test_before_any_cookie_is_listed_the_page_says_what_will_be_here() -> None:
    assert "No cookies are listed yet" in page()


def test_the_page_is_only_read() -> None:
    assert Client().post("/cookies/").status_code == 405


@pytest.mark.usefixtures("_catalogue")
def test_auditors_see_the_catalogue_and_can_not_change_it(dana: User, client_for: Callable[[User], Client]) -> None:
    dana.groups.set(Group.objects.filter(name=Duty.AUDITOR))
    client = client_for(dana)
    for model in ("catalogue/purpose", "catalogue/datacategory", "catalogue/recipient", "catalogue/retention"):
        assert client.get(f"/staff/{model}/").status_code == 200
        assert client.get(f"/staff/{model}/add/").status_code == 403
    assert client.get("/staff/cookies/tracker/?q=sign").status_code == 200
    for entry in (Purpose.objects.current()[0], Tracker.objects.current()[0]):
        address = f"/staff/{entry._meta.app_label}/{entry._meta.model_name}/{entry.pk}/change/"
        assert entry.text.name in client.get(address).content.decode()
        assert client.post(address, {"slug": "other"}).status_code == 403


@pytest.mark.usefixtures("_catalogue")
@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("cookies_tracker_storage", {"storage": "brain"}),
        ("cookies_tracker_party", {"party": "second"}),
        ("cookies_tracker_legal_exception", {"legal_exception": "because"}),
        ("cookies_tracker_lifetime", {"lifetime": "a year"}),
        ("cookies_tracker_third_party_is_named", {"party": "third"}),
        ("cookies_tracker_request", {"storage": "request", "name": "px.example", "lifetime": ""}),
        ("cookies_tracker_request", REQUEST | {"name": "https://px.example/"}),
        ("cookies_tracker_request", REQUEST | {"lifetime": "P1D"}),
        ("cookies_tracker_slug", {"slug": "A"}),
    ],
)
def test_the_database_refuses(constraint: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        Tracker.objects.filter(slug="session").update(**values)
