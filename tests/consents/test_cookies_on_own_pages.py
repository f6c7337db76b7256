"""The banner of our own pages is a form: it works without JavaScript, comes first, and is answered once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.subjects.life import entomb
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose, PurposeText
from consents.choices.models import Event, Method
from consents.cookies.models import Banner, Site, SiteOrigin, Tracker
from tests.consents.purposes import current, make_purpose, say
from tests.people import PASSWORD

pytestmark = pytest.mark.django_db

type SignIn = Callable[[User], Client]

HERE = "http://testserver"
CHOOSE = "/cookies/choose/"
TITLE = "You choose what is kept in your browser"


@pytest.fixture(autouse=True)
def site(settings: Any) -> Site:
    settings.BASE_URL = HERE
    with transaction.atomic():
        for slug in ("ads", "statistics"):
            kept = {"name": f"_{slug}", "storage": "cookie", "party": "first"}
            Tracker.objects.create(slug=slug, purpose=make_purpose(slug), **kept)
        Purpose.objects.filter(slug="ads").update(gpc=True)
        make_purpose("mail")
    site = Site.objects.create(slug="portal", name="These pages")
    SiteOrigin.objects.create(site=site, origin=HERE)
    return site


def page(client: Client, path: str = "/", **headers: str) -> str:
    """What staff changed a moment ago is in it."""
    caches["moment"].clear()
    response = client.get(path, headers=headers, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def asked(client: Client, **headers: str) -> list[str]:
    """What the banner asks about."""
    banner = page(client, **headers).partition('class="skip"')[0]
    return [name for name in ("Ads", "Statistics", "Mail") if f"<li>{name}</li>" in banner]


def press(client: Client, control: str, **said: str) -> Any:
    """With the words of both purposes on the page; `text_ads=""`: without those."""
    page(client, "/cookies/")
    texts = PurposeText.objects.filter(purpose__slug__in=["ads", "statistics"], language="en")
    fields = {f"text-{slug}": sha256 for slug, sha256 in texts.values_list("purpose__slug", "sha256")}
    fields |= {"control": control, "shown": Banner.objects.latest("number").sha256}
    fields |= {"client_id": str(uuid4())} | {name.replace("_ads", "-ads"): value for name, value in said.items()}
    return client.post(CHOOSE, {name: value for name, value in fields.items() if value}, follow=True)


def recorded() -> list[tuple[str, str, str]]:
    return [(event.purpose.slug, event.decision, event.method) for event in Event.objects.order_by("id")]


def test_every_page_asks_first_of_all_and_keeps_nothing() -> None:
    client = Client()
    text = page(client)
    assert text.index(TITLE) < text.index('class="skip"')
    assert asked(client) == ["Ads", "Statistics"]
    assert set(client.cookies) <= {"csrftoken"}
    assert not Subject.objects.exists()


def test_both_answers_are_buttons_of_one_kind() -> None:
    text = page(Client())
    for action in ("accept-all", "reject-all"):
        button = f'<button class="button" type="submit" name="control" value="{action}" data-pc-action="{action}">'
        assert button in text


@pytest.mark.parametrize(("control", "decision"), [("accept-all", "granted"), ("reject-all", "refused")])
def test_an_answer_is_recorded_for_the_browser_and_asked_for_no_more(control: str, decision: str) -> None:
    client = Client()
    answer = press(client, control, next="/policies/")
    assert answer.redirect_chain == [("/policies/", 302)]
    assert "Your choice is saved." in answer.content.decode()
    assert recorded() == [("ads", decision, "banner"), ("statistics", decision, "banner")]
    assert Event.objects.all()[0].subject.stage == Subject.Stage.DEVICE
    assert TITLE not in page(client)
    assert len(f"pc_choices={client.cookies['pc_choices'].value}") < 400


def test_each_purpose_is_chosen_on_the_cookie_page_and_shown_as_it_holds() -> None:
    client = Client()
    assert " checked" not in page(client, "/cookies/")
    press(client, "save", **{"choice-ads": "refused", "choice-statistics": "granted"})
    assert recorded() == [("ads", "refused", "preferences"), ("statistics", "granted", "preferences")]
    text = page(client, "/cookies/")
    assert 'name="choice-ads" value="refused" checked' in text
    assert 'name="choice-statistics" value="granted" checked' in text


def test_what_is_neither_allowed_nor_refused_is_asked_again() -> None:
    client = Client()
    press(client, "save", **{"choice-ads": "refused"})
    assert recorded() == [("ads", "refused", "preferences")]
    assert asked(client) == ["Statistics"]
    assert "Nothing was changed." in press(client, "save").content.decode()


def test_a_banner_about_some_allows_those_and_to_refuse_is_about_all() -> None:
    client = Client()
    press(client, "save", **{"choice-ads": "refused"})
    press(client, "accept-all", text_ads="")
    assert recorded()[1:] == [("statistics", "granted", "banner")]
    press(client, "reject-all", text_ads="")
    assert recorded()[2:] == [("ads", "refused", "banner"), ("statistics", "withdrawn", "banner")]


def test_a_meaning_that_changed_is_asked_about_alone() -> None:
    client = Client()
    press(client, "reject-all")
    Purpose.objects.filter(slug="ads").update(version=2, asks_since=2)
    assert asked(client) == ["Ads"]


def test_a_signed_in_person_answers_for_all_their_devices(client_for: SignIn, alice: User) -> None:
    client = client_for(alice)
    assert TITLE in page(client)
    press(client, "reject-all")
    assert current(alice) == {"ads": "refused", "statistics": "refused"}
    elsewhere = client_for(alice)
    text = page(elsewhere)
    assert TITLE not in text
    assert "You are signed in on a new device. What you chose elsewhere holds here too." in text
    assert "new device" not in page(elsewhere)


def test_what_was_chosen_before_signing_in_is_theirs_and_the_newer_holds(alice: User) -> None:
    say(alice, ads=True)
    client = Client()
    press(client, "reject-all")
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    assert "now holds for both" in page(client)
    assert current(alice) == {"ads": "refused", "statistics": "refused"}
    assert "now holds for both" not in page(client)


def test_an_older_choice_of_the_device_does_not_undo_a_newer_one_of_the_account(alice: User) -> None:
    client = Client()
    press(client, "accept-all")
    say(alice, ads=False)
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    page(client)
    assert current(alice) == {"ads": "refused", "statistics": "granted"}


def test_after_signing_out_the_device_keeps_what_was_said_on_it_and_is_nobody_s_again(alice: User) -> None:
    client = Client()
    press(client, "save", **{"choice-ads": "refused"})
    client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    page(client)
    say(alice, statistics=True)
    client.post("/accounts/logout/")
    text = page(client, "/cookies/")
    assert 'name="choice-ads" value="refused" checked' in text
    assert 'name="choice-statistics" value="granted" checked' not in text
    before = current(alice)
    press(client, "accept-all")
    assert current(alice) == before, "the next person at this browser is somebody else"


def test_a_minor_refuses_and_is_told_who_may_allow(client_for: SignIn, mia: User) -> None:
    client = client_for(mia)
    assert "your guardian can allow this for you" in press(client, "accept-all").content.decode()
    press(client, "reject-all")
    assert current(mia) == {"ads": "refused", "statistics": "refused"}


def test_the_signal_answers_what_it_is_about() -> None:
    client = Client()
    signal = {"Sec-GPC": "1"}
    assert asked(client, **signal) == ["Statistics"]
    text = page(client, "/cookies/", **signal)
    assert 'name="choice-ads"' not in text
    assert "privacy signal says no to this" in text


def test_the_signal_opts_out_a_browser_that_allowed_before_and_outlives_itself() -> None:
    client = Client()
    press(client, "accept-all")
    page(client, **{"Sec-GPC": "1"})
    assert recorded()[-1] == ("ads", "withdrawn", Method.GPC)
    assert 'name="choice-ads" value="refused" checked' in page(client, "/cookies/")
    page(client, **{"Sec-GPC": "1"})
    assert len(recorded()) == 3, "once"


def test_another_site_can_not_press_our_buttons() -> None:
    client = Client(enforce_csrf_checks=True)
    assert press(client, "accept-all").status_code == 403
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"control": "everything"},
        {"client_id": "x"},
        {"shown": "x"},
        {"shown": "0" * 64},
        {"text_ads": "0" * 64},
        {"control": "\x00"},
    ],
)
def test_nonsense_is_told_and_changes_nothing(said: dict[str, str]) -> None:
    answer = press(Client(), **{"control": "accept-all"} | said)
    assert answer.status_code == 200
    assert 'class="error"' in answer.content.decode()
    assert not Event.objects.exists()


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\x", ""])
def test_nobody_is_led_away(place: str) -> None:
    assert press(Client(), "reject-all", next=place).redirect_chain[0][0] == "/"


@pytest.mark.parametrize("cookie", ["1", "1..", "2.x.", "x" * 4000, "1..AAAAG999", "1.a:b.", "1..éééé"])
def test_a_broken_cookie_is_no_answer(cookie: str) -> None:
    client = Client()
    response = client.get("/", headers={"Cookie": f"pc_choices={cookie}"})
    assert TITLE in response.content.decode()
    assert client.post(CHOOSE, headers={"Cookie": f"pc_choices={cookie}"}).status_code == 302


def test_an_erased_device_is_a_new_one() -> None:
    client = Client()
    press(client, "accept-all")
    entomb(Subject.objects.get(stage="device"), evidence_until=timezone.localdate())
    press(client, "reject-all")
    assert {(event.decision, event.subject.stage) for event in Event.objects.all()} == {
        ("granted", "tombstone"),
        ("refused", "device"),
    }


def test_a_device_that_we_did_not_sign_is_a_new_one() -> None:
    client = Client()
    client.cookies["pc_choices"] = f"1.{'A' * 22}:{'B' * 43}."
    press(client, "reject-all")
    assert len(recorded()) == 2


def test_pages_that_are_no_site_ask_nothing(site: Site) -> None:
    SiteOrigin.objects.all().delete()
    assert TITLE not in page(Client())
    assert Client().post(CHOOSE).status_code == 404


def test_the_cookie_page_tells_of_another_site_what_that_keeps() -> None:
    shop = Site.objects.create(slug="shop", name="The shop")
    Tracker.objects.filter(slug="ads").update(site=shop)
    assert "<code>_ads</code>" not in page(Client(), "/cookies/")
    text = page(Client(), "/cookies/?site=shop")
    assert "<code>_ads</code>" in text
    assert "open “Cookie settings” there" in text
    for unknown in ("nobody", "%00", "é"):
        assert Client().get(f"/cookies/?site={unknown}").status_code in {200, 404}


def test_german_pages_ask_in_german() -> None:
    assert "Sie entscheiden, was in Ihrem Browser gespeichert wird" in page(Client(), **{"Accept-Language": "de"})
