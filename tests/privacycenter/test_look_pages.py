"""The frame around every page: places, account, help and language, for visitors, people and staff."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.http import HttpResponse, HttpResponseBase
from django.test import Client

from accounts.users.models import User

pytestmark = pytest.mark.django_db

PLACES = {
    "/": "Overview",
    "/choices/": "My choices",
    "/data/": "My data",
    "/requests/": "My requests",
    "/policies/": "Policies",
}
SignIn = Callable[[User], Client]


def html(response: HttpResponseBase) -> str:
    assert isinstance(response, HttpResponse)
    return " ".join(response.content.decode().split())


def test_the_front_page_offers_what_people_come_for(client: Client) -> None:
    page = html(client.get("/"))
    for href in ("/requests/new/access/", "/requests/new/erasure/", "/choices/", "/policies/", "/accounts/login/"):
        assert f'href="{href}' in page
    assert "Get a copy of your data" in page
    assert "Delete your account" in page


def test_a_visitor_finds_the_policies_and_the_ways_in(client: Client) -> None:
    page = html(client.get("/accounts/login/"))
    header = page[page.index("<header") : page.index("</header>")]
    assert re.findall(r"<a href=\"[^\"]+\">([^<]+)</a>", header) == ["Policies", "Sign in", "Sign up"]


@pytest.mark.parametrize("address", PLACES)
def test_the_five_places_stand_on_every_page_and_say_where_one_is(
    address: str, alice: User, client_for: SignIn
) -> None:
    page = html(client_for(alice).get(address))
    places = re.search(r'<nav class="places".*?</nav>', page)
    assert places
    assert dict(re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', places[0])) == PLACES
    assert re.findall(r'aria-current="page">([^<]+)<', places[0]) == [PLACES[address]]


def test_the_account_menu_leads_to_notices_family_and_security_and_signs_out_by_a_form(
    alice: User, client_for: SignIn
) -> None:
    client = client_for(alice)
    page = html(client.get("/"))
    menu = page[page.index('<ul class="account-menu"') : page.index("</header>")]
    assert re.findall(r'<a href="([^"]+)"', menu) == ["/notices/", "/family/", "/security/"]
    assert '<form method="post" action="/accounts/logout/">' in menu
    client.post("/accounts/logout/")
    assert 'class="account-menu"' not in html(client.get("/"))


def test_the_staff_area_is_named_to_staff_only(alice: User, client_for: SignIn) -> None:
    client = client_for(alice)
    assert 'href="/staff/"' not in html(client.get("/"))
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert 'href="/staff/"' in html(client.get("/"))


def test_the_first_thing_on_a_page_is_the_way_past_its_header(client: Client) -> None:
    page = html(client.get("/"))
    first = re.search(r"<(?:a|button|input|summary)\b[^>]*>", page)
    assert first
    assert first[0] == '<a class="skip" href="#content">'
    assert '<main id="content"' in page


@pytest.mark.parametrize("address", ["/", "/accounts/login/", "/no-such-page/"])
def test_help_stands_in_the_same_place_on_every_page(address: str, client: Client) -> None:
    page = html(client.get(address))
    footer = page[page.index('<footer class="colophon"') :]
    assert "privacy@hotsales.example" in footer
    assert 'href="/cookies/"' in footer
    assert 'action="/language/"' in footer


def test_the_language_is_changed_without_a_script_and_stays(client: Client) -> None:
    page = html(client.get("/accounts/login/"))
    assert '<button type="submit" name="language" value="de" lang="de">Deutsch</button>' in page
    response = client.post("/language/", {"language": "de", "next": "/accounts/login/"})
    assert response["Location"] == "/accounts/login/"
    assert '<html lang="de"' in html(client.get("/accounts/login/"))


def test_a_failed_sign_in_says_so_in_the_title_and_in_words(client: Client) -> None:
    page = html(client.post("/accounts/login/", {"login": "alice@example.org", "password": "wrong"}))
    assert "<title>Error: Sign in – " in page
    assert "There is a problem" in page


def test_a_missing_page_says_what_may_have_happened(client: Client) -> None:
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "There is no such page" in html(response)


@pytest.mark.parametrize(
    "address",
    [
        "email/",
        "password/change/",
        "password/reset/",
        "reauthenticate/",
        "sessions/",
        "2fa/",
        "2fa/totp/activate/",
        "logout/",
    ],
)
def test_the_pages_of_signing_in_have_the_frame_and_one_heading(address: str, alice: User, client_for: SignIn) -> None:
    response = client_for(alice).get(f"/accounts/{address}", follow=True)
    assert response.status_code == 200
    page = html(response)
    assert page.count("<h1") == 1
    assert '<footer class="colophon"' in page


def test_the_mail_to_set_a_new_password_reads_as_well_in_text(alice: User, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    [letter] = mail.outbox
    assert isinstance(letter, mail.EmailMultiAlternatives)
    [(page, kind)] = letter.alternatives
    link = re.search(r"http://\S+/accounts/password/reset/key/\S+", str(letter.body))
    assert letter.subject == "Set a new password"
    assert kind == "text/html"
    assert link
    assert f'href="{link[0]}"' in str(page)
    assert "it was not you" in " ".join(str(letter.body).split())


def test_the_staff_area_has_our_name_and_colours(dana: User, client_for: SignIn) -> None:
    page = html(client_for(dana).get("/staff/"))
    assert "HOTSALES" in page
    assert "css/admin.css" in page
