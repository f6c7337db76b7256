"""Staff register the organisation's sites and from where their pages come."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.test import Client

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.cookies.banner import published
from consents.cookies.models import Banner, Site, SiteOrigin, Tracker
from tests.consents.purposes import make_purpose

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


def test_a_look_is_seen_before_it_is_saved(client_for: SignIn, dana: User) -> None:
    site = Site.objects.create(slug="shop", name="The shop")
    words = {"texts-TOTAL_FORMS": "1", "texts-0-language": "de", "texts-0-name": "Kekse?", "texts-0-description": "Ja?"}
    client = client_for(dana)
    path = f"/staff/cookies/site/{site.pk}/preview/?language=de"
    answer = client.post(path, form("https://shop.example", **LOOK, **words))
    assert answer.status_code == 200
    said = json.loads(answer.content.decode().split('type="application/json">')[1].split("</script>")[0])
    assert (said["banner"]["title"], said["banner"]["colours"]["button"]) == ("Kekse?", "#ffd54f")
    site.refresh_from_db()
    assert (site.ground, site.texts.count(), site.origins.count(), Banner.objects.count()) == ("", 0, 0, 0)
    assert not LogEntry.objects.filter(object_id=str(site.pk)).exists()
    assert "changed successfully" not in client.get("/staff/cookies/site/").content.decode()


def test_a_preview_of_what_can_not_be_saved_shows_what_is_wrong(client_for: SignIn, dana: User) -> None:
    site = Site.objects.create(slug="shop", name="The shop")
    answer = client_for(dana).post(
        f"/staff/cookies/site/{site.pk}/preview/", form("https://shop.example", **LOOK | {"ink": "#203040"})
    )
    assert "The text does not stand out from its ground" in answer.content.decode()


def test_who_may_not_change_a_site_has_no_preview_of_changes(client_for: SignIn, dana: User) -> None:
    site = Site.objects.create(slug="shop", name="The shop")
    dana.groups.set([Group.objects.get(name=Duty.AUDITOR)])
    client = client_for(dana)
    assert client.post(f"/staff/cookies/site/{site.pk}/preview/", form("https://shop.example")).status_code == 403
    assert "/preview/" not in client.get(f"/staff/cookies/site/{site.pk}/change/").content.decode()


def test_a_purpose_speaks_for_a_type_of_google_s_consent(client_for: SignIn, dana: User) -> None:
    with transaction.atomic():
        ads, service = make_purpose("ads"), make_purpose("service", essential=True)
    client = client_for(dana)
    add = "/staff/cookies/googlesignal/add/"
    assert client.post(add, {"consent_type": "ad_storage", "purpose": str(service.pk)}).status_code == 200
    assert client.post(add, {"consent_type": "ad_storage", "purpose": str(ads.pk)}).status_code == 302
    assert client.post(add, {"consent_type": "ad_storage", "purpose": str(ads.pk)}).status_code == 200, "one each"
    Site.objects.create(slug="shop", name="The shop")
    Tracker.objects.create(slug="ads", name="_ads", storage="cookie", party="first", purpose=ads)
    told = client.get("/api/v1/cookies/sites/shop/").json()
    assert told["purposes"][0]["google"] == ["ad_storage"]


def test_what_was_shown_is_listed_and_stays(client_for: SignIn, dana: User) -> None:
    site = Site.objects.create(slug="shop", name="The shop")
    banner = published(site, "de")
    client = client_for(dana)
    assert "The shop" in client.get("/staff/cookies/banner/").content.decode()
    change = f"/staff/cookies/banner/{banner.pk}/change/"
    assert banner.sha256 in client.get(change).content.decode()
    assert client.post(change, {"number": "7"}).status_code == 403
