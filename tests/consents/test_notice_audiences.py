"""Who is told: audiences are queries that can be put together, and are counted before anything is written."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q
from django.utils import timezone

from accounts.guardians.models import Guardianship
from accounts.subjects.life import freeze, open_account
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.notices.announce import announce
from consents.notices.audience import (
    ACCOUNTS,
    REACHABLE,
    Audience,
    agreeing_to,
    guardians_in_place_of_minors,
    under_the_law_of,
)
from consents.notices.models import Delivery
from consents.notices.send import send_due
from consents.policies.acknowledge import acknowledge
from consents.policies.audience import who_acknowledged
from consents.policies.models import Acknowledgement
from tests.consents.notices import DRAFTS, erase, people, recipients
from tests.consents.policies import release
from tests.consents.purposes import make_purpose, say
from tests.people import person, subject_of


def told(audience: Audience) -> set[str]:
    """Whom it reaches; counted before, and written once each."""
    counted = audience.count()
    notice = announce("test", DRAFTS, "", audience)
    assert notice.audience == audience.name
    emails = list(notice.deliveries.values_list("subject__user__email", flat=True))
    assert len(emails) == counted == len(set(emails))
    return set(emails)


def lives(user: User, jurisdiction: str) -> None:
    Subject.objects.filter(pk=subject_of(user).pk).update(jurisdiction=jurisdiction)


def test_a_law_holds_in_its_countries_and_nowhere_else(alice: User, bob: User, charlie: User) -> None:
    lives(alice, "EU_GDPR")
    lives(bob, "EU_GDPR/DE")
    lives(charlie, "EU_GDPR_LIKE")
    assert told(under_the_law_of("EU_GDPR")) == {alice.email, bob.email}
    assert told(under_the_law_of("EU_GDPR/DE")) == {bob.email}


def test_who_agrees_is_who_agrees_now(alice: User, bob: User, charlie: User) -> None:
    purpose = make_purpose("news")
    say(alice, news=True)
    say(bob, news=True)
    say(bob, news=False)
    assert told(agreeing_to(purpose)) == {alice.email}


def test_who_acknowledged_a_version_acknowledged_this_one(alice: User, bob: User, dana: User) -> None:
    first, second = release("1.0", dana), release("2.0", dana)
    acknowledge(subject_of(alice), first, method=Acknowledgement.Method.EXPLICIT)
    acknowledge(subject_of(bob), second, method=Acknowledgement.Method.EXPLICIT)
    assert told(who_acknowledged(first)) == {alice.email}
    assert told(who_acknowledged(first) | who_acknowledged(second)) == {alice.email, bob.email}


def test_audiences_are_put_together(alice: User, bob: User, charlie: User) -> None:
    purpose = make_purpose("news")
    for user, where in ((alice, "EU_GDPR"), (bob, "EU_GDPR"), (charlie, "US_CCPA/CA")):
        lives(user, where)
    say(alice, news=True)
    say(charlie, news=True)
    europe = under_the_law_of("EU_GDPR")
    both = europe & agreeing_to(purpose)
    assert both.name == "jurisdiction EU_GDPR & agree to news"
    assert told(both) == {alice.email}
    assert told(europe | agreeing_to(purpose)) == {alice.email, bob.email, charlie.email}


# Guardians in place of minors


IN_PLACE = guardians_in_place_of_minors(ACCOUNTS)


def test_a_guardian_is_told_in_place_of_a_minor_and_once(mia: User, bob: User, alice: User) -> None:
    max_ = person("Max")
    Guardianship.objects.create(minor=subject_of(max_), guardian=subject_of(bob))
    assert told(IN_PLACE) == {bob.email, alice.email}


def test_all_guardians_of_a_minor_are_told(mia: User, bob: User, alice: User) -> None:
    Guardianship.objects.create(minor=subject_of(mia), guardian=subject_of(alice))
    only_mia = ACCOUNTS.where("mia", lambda: Q(pk=subject_of(mia).pk))
    assert told(guardians_in_place_of_minors(only_mia)) == {bob.email, alice.email}


def test_who_has_no_guardian_any_more_is_told_themself(mia: User, bob: User) -> None:
    Guardianship.objects.update(ended_at=timezone.now())
    assert told(IN_PLACE) == {mia.email, bob.email}


@pytest.mark.parametrize("leaves", [lambda bob: freeze(subject_of(bob)), lambda bob: erase(bob)])
def test_a_minor_whose_guardian_can_not_be_told_is_told_themself(
    mia: User, bob: User, leaves: Callable[[User], Any]
) -> None:
    leaves(bob)
    assert told(IN_PLACE) == {mia.email}


def test_a_guardian_is_not_told_for_a_minor_who_is_not_meant(mia: User, bob: User, alice: User) -> None:
    lives(alice, "EU_GDPR/AT")
    assert told(guardians_in_place_of_minors(under_the_law_of("EU_GDPR/AT"))) == {alice.email}


# During the sending


@pytest.mark.parametrize("audience", [ACCOUNTS, REACHABLE, IN_PLACE, ACCOUNTS & REACHABLE, under_the_law_of("EU_GDPR")])
def test_it_is_written_by_as_many_statements_for_ten_as_for_hundreds(
    db: None, django_assert_num_queries: Any, audience: Audience
) -> None:
    people(10)
    with django_assert_num_queries(8):  # two are the savepoint of the transaction
        announce("test", DRAFTS, "", audience)
    for _number in range(300):
        open_account()
    with django_assert_num_queries(8):
        notice = announce("test", DRAFTS, "", audience)
    assert notice.deliveries.count() == 310


def test_who_joins_after_it_was_announced_was_not_meant(alice: User) -> None:
    announce("test", DRAFTS, "", ACCOUNTS)
    person("Late")
    send_due()
    assert recipients() == [alice.email]


def test_who_moves_away_during_the_sending_is_told_all_the_same(alice: User) -> None:
    lives(alice, "EU_GDPR")
    announce("test", DRAFTS, "", under_the_law_of("EU_GDPR"))
    lives(alice, "US_CCPA/CA")
    send_due()
    assert recipients() == [alice.email]


@pytest.mark.parametrize("audience", [ACCOUNTS, REACHABLE, IN_PLACE])
def test_who_is_erased_is_in_no_audience_and_gets_nothing_of_an_earlier_one(
    alice: User, bob: User, audience: Audience
) -> None:
    announce("test", DRAFTS, "", audience)
    erase(alice)
    assert told(audience) == {bob.email}
    send_due()
    assert set(recipients()) == {bob.email}
    assert Delivery.objects.get(subject__stage="tombstone").error == "erased"
