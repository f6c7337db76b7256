"""Whether a change is material people decide; what the catalogue knows to have changed is pointed out to them."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from accounts.users.models import User
from consents.catalogue.models import DataCategory, Purpose, Retention
from consents.policies.hints import hints
from consents.policies.models import Version
from tests.consents.policies import release, write
from tests.consents.purposes import make_purpose


@pytest.fixture
def first(dana: User) -> Version:
    for slug in ("ads", "mail", "old"):
        make_purpose(slug)
    return release("1.0", dana)


def words(version: Version) -> list[tuple[str, str, bool]]:
    return [(hint.name, " ".join(hint.sentences), hint.weighty) for hint in hints(version)]


def test_a_version_is_tied_to_the_catalogue_of_its_publication(first: Version) -> None:
    assert first.catalogue == {"ads": 1, "mail": 1, "old": 1}
    assert hints(first) == []


def test_what_is_new_or_over_is_named(first: Version) -> None:
    make_purpose("profiling")
    Purpose.objects.filter(slug="old").update(retired_at=timezone.now())
    assert words(first) == [("Profiling", "This purpose is new.", True), ("Old", "This purpose is over.", False)]


def test_more_data_is_weighty_and_other_words_are_not(first: Version) -> None:
    ads, mail = Purpose.objects.get(slug="ads"), Purpose.objects.get(slug="mail")
    Purpose.objects.filter(pk=ads.pk).update(version=2)
    ads.categories.add(DataCategory.objects.create(slug="location"))
    Purpose.objects.filter(pk=mail.pk).update(version=2)
    more, other = words(first)
    assert (more[0], more[2]) == ("Ads", True)
    assert "location" in more[1].lower()
    assert other == ("Mail", "It is described in other words.", False)


def test_a_longer_time_is_weighty(first: Version) -> None:
    longer = Retention.objects.create(slug="longer", counts_from="account-closed", period="P10Y")
    Purpose.objects.filter(slug="ads").update(version=2, retention=longer)
    [(name, told, weighty)] = words(first)
    assert (name, weighty) == ("Ads", True)
    assert told


def test_the_page_before_publication_shows_it_and_warns_who_calls_it_a_correction(
    first: Version, dana: User, client_for: Callable[[User], Client]
) -> None:
    make_purpose("profiling")
    draft = write("1.1")
    page = client_for(dana).get(f"/staff/policies/version/{draft.pk}/life/").content.decode()
    assert "since version 1.0" in page
    assert "<strong>Profiling</strong> (affects people’s rights): This purpose is new." in page
    assert "The reason should say why." in page
