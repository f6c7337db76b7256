"""Who is about to change a purpose learns how many people that asks again."""

import pytest

from consents.catalogue import effects
from consents.catalogue.effects import Effect
from consents.catalogue.models import Purpose
from consents.choices.may import may
from tests.consents.purposes import make_purpose, say


@pytest.mark.django_db
def test_people_who_decided_on_an_earlier_version_are_asked_again(alice, bob, charlie):
    ads = make_purpose("ads")
    make_purpose("news")
    assert effects.of_asking(ads.pk, 2) == Effect(0, 0)
    say(alice, ads=True, news=True)
    say(bob, ads=False)
    say(charlie, ads=True)
    assert effects.of_asking(ads.pk, 1) == Effect(0, 0)
    assert effects.of_asking(ads.pk, 2) == Effect(asked=3, allowing=2)
    Purpose.objects.filter(pk=ads.pk).update(version=2, asks_since=2)
    assert not may(alice.subject, "ads")
    say(alice, ads=True)
    assert may(alice.subject, "ads")
    assert effects.of_asking(ads.pk, 2) == Effect(asked=2, allowing=1)
