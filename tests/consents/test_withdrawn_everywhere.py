"""After a withdrawal a purpose reads as refused everywhere, at once. Behaviour 29."""

import pytest
from django.utils import timezone

from accounts.subjects.addresses import address_hash
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.check import check, check_addresses
from consents.choices.may import may
from consents.choices.summary import allowed_now, standing_choices, summary
from consents.mailing.allowed import allowed
from tests.consents.centre import as_shown, page
from tests.consents.purposes import make_purpose, say
from tests.people import subject_of

CHOICES = "/api/v1/choices/"


@pytest.fixture
def ads(db: None) -> Purpose:
    return make_purpose("ads")


def test_whoever_asks_in_whatever_way_hears_no(alice, ads, api_for, client_for):
    app, browser = api_for(alice), client_for(alice)
    say(alice, ads=True)
    assert answers(alice, ads, app, browser) == {True}
    body = {"decisions": [{"purpose": "ads", "decision": "refused"}]}
    assert app.post(CHOICES, body, format="json").json()["events"][0]["decision"] == "withdrawn"
    assert answers(alice, ads, app, browser) == {False}


def answers(alice, ads, app, browser) -> set[bool]:
    subject = subject_of(alice)
    [told] = app.get(CHOICES).json()["results"]
    return {
        may(subject, "ads"),
        *check("ads", [subject.pk]).allowed,
        *check_addresses("ads", [address_hash(alice.email)]).allowed,
        ads.pk in allowed_now(standing_choices(subject), timezone.now()),
        summary(subject)["allowed"] == 1,
        Subject.objects.filter(allowed(ads), pk=subject.pk).exists(),
        told["allowed"],
        told["decision"] == "granted",
        as_shown(page(browser))["choice-ads"] == "granted",
    }
