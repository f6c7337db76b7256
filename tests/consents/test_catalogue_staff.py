"""Staff change the catalogue in the admin: they see what differs and whom it asks again before it takes effect."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.catalogue.dump import dump
from consents.catalogue.load import load
from consents.catalogue.models import DataCategory, Purpose, PurposeVersion, Retention, Service
from consents.choices.may import may
from consents.cookies.models import Tracker
from tests.consents.catalogues import ads
from tests.consents.forms import filled
from tests.consents.purposes import say

COOKIES = b"""
cookies:
  click:
    name: click
    storage: cookie
    party: first
    purpose: ads
    text: {en: {name: Click}}
"""


@pytest.fixture(autouse=True)
def _catalogue(db: None) -> None:
    load(ads() + COOKIES)


@pytest.fixture
def officer(dana: User, client_for: Callable[[User], Client]) -> Client:
    dana.groups.set(Group.objects.filter(name=Duty.OFFICER))
    return client_for(dana)


def address(entry: Any) -> str:
    return f"/staff/{entry._meta.app_label}/{entry._meta.model_name}/{entry.pk}/change/"


def purpose(slug: str = "ads") -> Purpose:
    return Purpose.objects.get(slug=slug)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def change(client: Client, entry: Any, **changes: Any) -> Any:
    """The page that compares."""
    return client.post(address(entry), filled(client.get(address(entry)), **changes))


def confirm(client: Client, entry: Any, compared: Any, deed: str = "save") -> Any:
    return client.post(address(entry), filled(compared, deed=deed), follow=True)


@pytest.fixture
def untouched() -> bytes:
    return dump()


@pytest.fixture
def more_data(untouched: bytes, officer: Client, alice: User, bob: User, charlie: User) -> Any:
    """Two people allow ads and one refuses; then ads are to use more, and the page that compares is open."""
    say(alice, ads=True)
    say(bob, ads=True)
    say(charlie, ads=False)
    words = {"description_en": "We show you many ads.", "reason": "The new ad server"}
    return change(officer, purpose(), categories=["registration", "location"], **words)


def test_a_change_is_compared_and_its_effect_told_before_it_is_made(untouched: bytes, more_data: Any) -> None:
    shown = words(more_data)
    assert "“Ads” gets version 2" in shown
    assert "New data: Location." in shown
    assert "3 people will be asked again." in shown
    assert "2 of them allowed it; until they answer, it counts as not allowed." in shown
    assert '<ins><span class="visually-hidden">(added: </span>Location' in shown
    assert '</span>many <span class="visually-hidden">' in shown
    assert dump() == untouched
    assert not PurposeVersion.objects.filter(number=2).exists()


def test_a_change_that_was_confirmed_is_a_version_with_its_reason(officer: Client, alice: User, more_data: Any) -> None:
    saved = confirm(officer, purpose(), more_data)
    assert "“Ads” is saved. Version 2 of “ads”: 3 people are asked again." in words(saved)
    assert (purpose().version, purpose().asks_since) == (2, 2)
    assert purpose().texts.get(language="en").description == "We show you many ads."
    version = PurposeVersion.objects.get(purpose=purpose(), number=2)
    assert (version.reason, version.meaning["categories"]) == ("The new ad server", ["location", "registration"])
    assert not may(alice.subject, "ads")
    history = words(saved)
    assert "New data: Location." in history
    assert "The new ad server" in history
    assert LogEntry.objects.get().change_message.startswith("The new ad server Version 2")


def test_a_typo_is_no_version_and_the_page_asks_whether_it_is_one(officer: Client, alice: User) -> None:
    say(alice, ads=True)
    compared = change(officer, purpose(), description_en="We show you adverts.")
    assert "No purpose gets another version, and nobody is asked again." in words(compared)
    assert "go back and tick that they mean something new" in words(compared)
    confirm(officer, purpose(), compared)
    assert purpose().version == 1
    assert may(alice.subject, "ads")


def test_words_that_mean_something_new_ask_again_by_a_tick(officer: Client, alice: User) -> None:
    say(alice, ads=True)
    compared = change(officer, purpose(), description_en="We sell your name.", asks_again="on")
    assert "Its words say that data is used for something else." in words(compared)
    assert "1 person will be asked again." in words(compared)
    assert "1 of them allowed it; until the answer, it counts as not allowed." in words(compared)
    confirm(officer, purpose(), compared)
    assert (purpose().version, purpose().asks_since) == (2, 2)
    assert not may(alice.subject, "ads")


def test_less_data_is_a_version_that_asks_nobody(officer: Client, alice: User) -> None:
    say(alice, ads=True)
    compared = change(officer, purpose(), recipients=[])
    assert "No longer given to: Helpers." in words(compared)
    assert "Nobody is asked again." in words(compared)
    assert "Version 2 of “ads”: nobody is asked again." in words(confirm(officer, purpose(), compared))
    assert may(alice.subject, "ads")


def test_a_retention_tells_every_purpose_that_it_changes(officer: Client, alice: User) -> None:
    say(alice, ads=True)
    account = Retention.objects.get(slug="account")
    compared = change(officer, account, period="P60D")
    assert "“Ads” gets version 2" in words(compared)
    assert "“Picks” gets version 2" in words(compared)
    assert "60 days after you close your account" in words(compared)
    confirm(officer, account, compared)
    assert [each.version for each in Purpose.objects.all()] == [2, 2]
    assert Retention.objects.get(slug="account").period == "P60D"


def test_going_back_keeps_what_was_written(officer: Client) -> None:
    compared = change(officer, purpose(), description_en="Something else.")
    back = confirm(officer, purpose(), compared, deed="back")
    assert "Something else." in words(back)
    assert "errornote" not in words(back)
    assert purpose().texts.get(language="en").description == "We show you ads."


def test_nothing_changed_is_nothing_to_save(officer: Client) -> None:
    before = dump()
    compared = change(officer, purpose())
    assert "Nothing changes." in words(compared)
    assert 'value="save"' not in words(compared)
    confirm(officer, purpose(), compared)
    assert dump() == before


def test_an_entry_is_added(officer: Client) -> None:
    add = "/staff/catalogue/service/add/"
    page = officer.get(add)
    compared = officer.post(add, filled(page, slug="app", name_en="The app", name_de="Die App"))
    assert "<ins>" in words(compared)
    assert not Service.objects.filter(slug="app").exists()
    saved = officer.post(add, filled(compared, deed="save"), follow=True)
    assert "“The app” is saved." in words(saved)
    assert Service.objects.get(slug="app").position == 2
    again = officer.post(add, filled(page, slug="app", name_en="Another"))
    assert "There is an entry with this slug." in words(again)


def test_a_purpose_is_added_with_its_first_version(officer: Client) -> None:
    add = "/staff/catalogue/purpose/add/"
    said = {
        "slug": "news",
        "legal_basis": "consent",
        "channel": "email",
        "categories": ["registration"],
        "retention": "account",
        "validity": "P12M",
        "validities": "EU_GDPR/DE P6M\nUS_CA P2Y",
        "gpc": "on",
        "name_en": "News",
        "description_en": "We  write to\n\nyou.",
    }
    compared = officer.post(add, filled(officer.get(add), **said))
    officer.post(add, filled(compared, deed="save"))
    news = purpose("news")
    assert (news.version, news.asks_since, news.essential, news.gpc, news.validity) == (1, 1, False, True, "P12M")
    assert news.validities == {"EU_GDPR/DE": "P6M", "US_CA": "P2Y"}
    assert news.texts.get().description == "We write to you."
    assert PurposeVersion.objects.get(purpose=news).meaning["channel"] == "email"
    assert load(dump()).changed == []


def test_an_entry_is_retired_and_comes_back(officer: Client) -> None:
    location = DataCategory.objects.get(slug="location")
    compared = change(officer, location, retired="on")
    assert "It is retired: it disappears from every page" in words(compared)
    confirm(officer, location, compared)
    location.refresh_from_db()
    assert location.retired_at is not None
    data = filled(officer.get(address(location)))
    del data["retired"]
    compared = officer.post(address(location), data)
    assert "It was retired and comes back." in words(compared)
    confirm(officer, location, compared)
    location.refresh_from_db()
    assert location.retired_at is None


def test_what_others_need_is_not_retired(officer: Client) -> None:
    registration = DataCategory.objects.get(slug="registration")
    refused = change(officer, registration, retired="on")
    assert "There is no “registration” in categories." in words(refused)
    refused = change(officer, purpose(), retired="on")
    assert "cookies &gt; click: There is no “ads” in purposes." in words(refused)
    assert not Purpose.objects.exclude(retired_at=None).exists()


def test_the_second_of_two_editors_is_told(officer: Client) -> None:
    theirs = change(officer, purpose(), description_en="Theirs.")
    confirm(officer, purpose(), change(officer, purpose(), description_en="Mine."))
    late = confirm(officer, purpose(), theirs)
    assert "Somebody changed this entry while you did." in words(late)
    assert purpose().texts.get(language="en").description == "Mine."


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name_en": ""}, "This field is required"),
        ({"description_en": ""}, "This field is required"),
        ({"name_de": "Werbung"}, "A name needs a description."),
        ({"description_de": "Wir zeigen."}, "A description needs a name."),
        ({"categories": []}, "This field is required"),
        ({"categories": ["nothing"]}, "Select a valid choice"),
        ({"retention": "for-ever"}, "Select a valid choice"),
        ({"parent": "ads"}, "A purpose can not be part of itself."),
        ({"validity": "a year"}, "“a year” is not an ISO 8601 duration"),
        ({"validities": "EU_GDPR"}, "Write a line for each jurisdiction"),
        ({"validities": "Europe P6M"}, "Write a line for each jurisdiction"),
        ({"validities": "EU_GDPR soon"}, "“soon” is not an ISO 8601 duration"),
        ({"legal_basis": "contract", "gpc": "on"}, "Only what rests on consent"),
        ({"parent": "picks", "categories": ["location"]}, "“location” is not in the categories of “picks”"),
        ({"name_en": "x" * 201}, "at most 200 characters"),
        ({"name_en": "a\x00b"}, "There is a control character in the text."),
        ({"name_en": "a\x01b"}, "There is a control character in the text."),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(officer: Client, changes: dict[str, Any], told: str) -> None:
    before = dump()
    assert told in words(change(officer, purpose(), **changes))
    data = filled(officer.get(address(purpose())), **changes, deed="save")
    assert told in words(officer.post(address(purpose()), data))
    assert dump() == before


def test_a_cookie_is_changed_in_the_same_way(officer: Client, dana: User) -> None:
    tracker = Tracker.objects.get()
    confirm(officer, tracker, change(officer, tracker, lifetime="P1D"))
    tracker.refresh_from_db()
    assert tracker.lifetime == "P1D"
    dana.groups.set(Group.objects.filter(name=Duty.EDITOR))
    assert officer.post(address(tracker), {"slug": "other"}).status_code == 403


@pytest.mark.parametrize("duty", [Duty.SUPPORT, Duty.AUDITOR])
def test_other_duties_read_and_do_not_write(officer: Client, dana: User, duty: Duty) -> None:
    data = filled(officer.get(address(purpose())), deed="save", name_en="Mine")
    dana.groups.set(Group.objects.filter(name=duty))
    assert officer.get(address(purpose())).status_code == 200
    assert "Compare before saving" not in words(officer.get(address(purpose())))
    assert officer.post(address(purpose()), data).status_code == 403
    assert officer.get("/staff/catalogue/purpose/add/").status_code == 403
    assert officer.post(address(purpose()).replace("change", "delete"), {"post": "yes"}).status_code == 403
    assert officer.get("/staff/catalogue/purposeversion/").status_code == 200
    assert purpose().text.name == "Ads"


def test_an_entry_that_is_not_there_is_not_found(officer: Client) -> None:
    missing = address(purpose()).replace(str(purpose().pk), "0190aaaa-0000-7000-8000-000000000000")
    assert officer.get(missing).status_code == 302
    assert officer.get(address(purpose()).replace(str(purpose().pk), "x")).status_code == 302


def test_a_link_proposes_what_a_new_entry_says_and_saves_nothing(officer: Client, untouched: bytes) -> None:
    link = "/staff/catalogue/purpose/add/?slug=maps&retention=visit&name_en=%3Cb%3EMaps&essential=1"
    page = officer.get(f"{link}&seen=x&categories=location&validity=P1Y&deed=save&nothing=1")
    form = page.context["form"].form
    assert [form[name].value() for name in ("slug", "retention", "name_en")] == ["maps", "visit", "<b>Maps"]
    assert (form["seen"].value(), list(form["categories"].value())) == ("", [])
    assert "&lt;b&gt;Maps" in page.content.decode()
    assert dump() == untouched


def test_a_link_proposes_nothing_for_an_entry_that_is_there(officer: Client) -> None:
    page = officer.get(f"{address(purpose())}?retention=visit")
    assert page.context["form"].form["retention"].value() == "account"
