"""Staff register the organisation's sites and from where their pages come."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.cookies.models import Site, SiteOrigin

pytestmark = pytest.mark.django_db

type SignIn = Callable[[User], Client]

ADD = "/staff/cookies/site/add/"


def form(*origins: str, **fields: str) -> dict[str, Any]:
    rows = {f"origins-{number}-origin": origin for number, origin in enumerate(origins)}
    counts = {"origins-TOTAL_FORMS": str(len(origins)), "texts-TOTAL_FORMS": "0"}
    counts |= {"origins-INITIAL_FORMS": "0", "texts-INITIAL_FORMS": "0"}
    return {"slug": "shop", "name": "The shop", "layout": "bottom", **counts, **rows, **fields}


def test_a_site_is_registered_with_its_origins(client_for: SignIn, dana: User) -> None:
    answer = client_for(dana).post(ADD, form("https://shop.example", "http://localhost:8080"))
    assert answer.status_code == 302, answer.context["errors"]
    assert set(SiteOrigin.objects.values_list("origin", flat=True)) == {"https://shop.example", "http://localhost:8080"}


def test_a_wrong_origin_is_told_at_the_form(client_for: SignIn, dana: User) -> None:
    answer = client_for(dana).post(ADD, form("https://shop.example/basket"))
    assert "An origin is a scheme, a host in small letters" in answer.content.decode()
    assert not Site.objects.exists()


def test_the_slug_that_pages_name_stays_and_no_site_is_deleted(client_for: SignIn, dana: User) -> None:
    site = Site.objects.create(slug="shop", name="The shop")
    client = client_for(dana)
    change = f"/staff/cookies/site/{site.pk}/change/"
    assert client.post(change, form(slug="other", name="Our shop")).status_code == 302
    site.refresh_from_db()
    assert (site.slug, site.name) == ("shop", "Our shop")
    assert client.post(f"/staff/cookies/site/{site.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("duty", [duty for duty in Duty if duty != Duty.OFFICER])
def test_other_duties_only_look(client_for: SignIn, dana: User, duty: Duty) -> None:
    dana.groups.set([Group.objects.get(name=duty.value)])
    client = client_for(dana)
    assert client.get("/staff/cookies/site/").status_code == 200
    assert client.post(ADD, form("https://shop.example")).status_code == 403


LOOK = {"ground": "#102030", "ink": "#ffffff", "button": "#ffd54f", "button_ink": "#000000"}


def test_a_site_has_a_look_and_words_of_its_own(client_for: SignIn, dana: User) -> None:
    words = {"texts-TOTAL_FORMS": "1", "texts-0-language": "de", "texts-0-name": "Kekse?", "texts-0-description": "Ja?"}
    answer = client_for(dana).post(ADD, form("https://shop.example", **LOOK, **words, layout="end"))
    assert answer.status_code == 302, answer.context["errors"]
    site = Site.objects.get()
    assert (site.layout, site.ground, site.texts.get().name) == ("end", "#102030", "Kekse?")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ink": "#203040"}, "The text does not stand out from its ground"),
        ({"button_ink": "#ffffff"}, "The text of the buttons does not stand out"),
        ({"button": "#203040", "button_ink": "#ffffff"}, "The buttons do not stand out from their ground"),
        ({"ink": "white"}, "Colours are four or none"),
        ({"ink": "#FFFFFF"}, "Colours are four or none"),
        ({"ink": ""}, "Colours are four or none"),
        ({"jurisdiction": "Germany"}, "A jurisdiction is written like"),
        ({"layout": "middle"}, "Select a valid choice"),
    ],
)
def test_a_look_that_not_everybody_can_read_is_refused(
    client_for: SignIn, dana: User, change: dict[str, str], words: str
) -> None:
    answer = client_for(dana).post(ADD, form("https://shop.example", **LOOK | change))
    assert words in answer.content.decode()
    assert not Site.objects.exists()


def test_contrast_is_what_the_guidelines_compute() -> None:
    """Against values of the published formula: black on white, the same, and the well-known grey of 4.54 to 1."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT cookies_contrast('#000000', '#ffffff'), cookies_contrast('#123456', '#123456'),"
            " cookies_contrast('#767676', '#ffffff'), cookies_contrast('#ffffff', 'white')"
        )
        black, same, grey, nonsense = cursor.fetchall()[0]
    assert (round(black, 2), round(same, 2), round(grey, 2), nonsense) == (21, 1, 4.54, 0)
