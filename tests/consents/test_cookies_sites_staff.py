"""Staff register the organisation's sites and from where their pages come."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from accounts.staff.duties import Duty
from accounts.users.models import User
from consents.cookies.models import Site, SiteOrigin

pytestmark = pytest.mark.django_db

type SignIn = Callable[[User], Client]

ADD = "/staff/cookies/site/add/"


def form(*origins: str, **fields: str) -> dict[str, Any]:
    rows = {f"origins-{number}-origin": origin for number, origin in enumerate(origins)}
    counts = {"origins-TOTAL_FORMS": str(len(origins)), "origins-INITIAL_FORMS": "0"}
    return {"slug": "shop", "name": "The shop", **counts, **rows, **fields}


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
