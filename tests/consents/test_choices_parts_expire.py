"""When the time of a whole is over, what was allowed of its parts ends with it, by events of their own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from accounts.subjects.life import open_account
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices import expiry
from consents.choices.asking import Why, to_ask
from consents.choices.check import check
from consents.choices.expiry import expire_due
from consents.choices.may import may
from consents.choices.models import Current, Decision, Event, Method
from consents.webhooks.models import Message
from tests.consents.parts import INNER, PART, WHOLE, make_essential, make_parts, means_more, purpose
from tests.consents.purposes import say
from tests.people import subject_of
from tests.receiver import endpoint_at

pytestmark = pytest.mark.django_db

ALL = [WHOLE, PART, INNER]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def parts(db: None) -> None:
    with transaction.atomic():
        make_parts()
        holds_for(WHOLE, "P6M")


def holds_for(slug: str, validity: str) -> None:
    Purpose.objects.filter(slug=slug).update(validity=validity)


def days_ago(days):
    return timezone.now() - days * DAY


def holding(somebody: User) -> dict[str, str]:
    mine = Current.objects.filter(subject=somebody.subject).select_related("purpose")
    return {choice.purpose.slug: choice.decision for choice in mine}


def ended(slug: str) -> list[Event]:
    return list(Event.objects.filter(purpose__slug=slug, decision=Decision.EXPIRED))


def allows_all(somebody: User, days: int = 200) -> None:
    say(somebody, partner_mail=True, partner_ads=True, ads=True, said_at=days_ago(days))


def test_the_parts_of_any_depth_end_at_the_same_moment_by_events_of_their_own(alice):
    allows_all(alice)
    means_more(PART)
    ends = Current.objects.get(purpose__slug=WHOLE).expires_at
    assert expire_due() == 3
    for slug in ALL:
        [event] = ended(slug)
        current = Current.objects.get(purpose__slug=slug)
        assert (event.method, event.said_at, event.actor, event.version) == (Method.EXPIRY, ends, None, 1)
        assert (event.jurisdiction, event.wording) == (alice.subject.jurisdiction, None)
        assert (current.decision, current.event, current.since) == (Decision.EXPIRED, event, ends)
    assert Event.objects.order_by("-id")[2].purpose.slug == WHOLE, "first what the others follow from"


def test_twice_is_the_same_as_once(alice):
    allows_all(alice)
    assert [expire_due(), expire_due()] == [3, 0]
    assert Event.objects.count() == 6


def test_who_allows_the_whole_again_is_asked_about_its_parts_and_has_not_allowed_them(alice):
    allows_all(alice)
    expire_due()
    asked = {question.purpose.slug: question.why for question in to_ask(subject_of(alice))}
    assert {slug: asked[slug] for slug in ALL} == dict.fromkeys(ALL, Why.EXPIRED)
    say(alice, ads=True)
    assert [slug for slug in ALL if may(alice.subject, slug)] == [WHOLE]
    asked = {question.purpose.slug: question.why for question in to_ask(subject_of(alice))}
    assert {slug: asked.get(slug) for slug in ALL} == {WHOLE: None, PART: Why.EXPIRED, INNER: Why.EXPIRED}


def test_only_what_was_allowed_ends(alice, bob):
    say(alice, ads=True, partner_ads=False, said_at=days_ago(200))
    say(bob, ads=True, said_at=days_ago(200))
    assert expire_due() == 2
    assert holding(alice) == {WHOLE: "expired", PART: "refused", INNER: "refused"}
    assert holding(bob) == {WHOLE: "expired"}


def test_a_part_of_a_refused_part_ends_too(alice):
    allows_all(alice)
    Current.objects.filter(purpose__slug=PART).update(decision="refused")
    expire_due()
    assert holding(alice) == {WHOLE: "expired", PART: "refused", INNER: "expired"}


def test_what_others_allowed_and_what_is_no_part_stays(alice, bob, charlie):
    for somebody, days in ((alice, 200), (bob, 100)):
        say(somebody, ads=True, partner_ads=True, about_us=True, said_at=days_ago(days))
    say(charlie, about_us=True, said_at=days_ago(200))
    assert expire_due() == 2
    assert holding(alice) == {WHOLE: "expired", PART: "expired", "about-us": "granted"}
    assert holding(bob) == {WHOLE: "granted", PART: "granted", "about-us": "granted"}
    assert holding(charlie) == {"about-us": "granted"}


@pytest.mark.parametrize(("apart", "expected"), [(timedelta(0), "expired"), (timedelta(seconds=1), "granted")])
def test_the_newer_holds_here_too_and_of_two_at_the_same_time_the_no(alice, apart, expected):
    """Newer than the end of their whole are parts that were imported."""
    allows_all(alice)
    ends = Current.objects.get(purpose__slug=WHOLE).expires_at
    Current.objects.filter(purpose__slug=PART).update(since=ends + apart)
    expire_due()
    assert holding(alice) == {WHOLE: "expired", PART: expected, INNER: "expired"}


def test_a_whole_that_was_renewed_in_time_ends_nothing(alice):
    allows_all(alice)
    say(alice, ads=True, said_at=days_ago(100))
    assert expire_due() == 0


@pytest.mark.parametrize(("validity", "first"), [("P3M", PART), ("P7M", WHOLE)])
def test_a_part_ends_once_and_at_the_earlier_of_its_own_time_and_that_of_its_whole(alice, validity, first):
    holds_for(PART, validity)
    allows_all(alice, 400)
    times = dict(Current.objects.values_list("purpose__slug", "expires_at"))
    assert expire_due() == 3
    [event], [inner] = ended(PART), ended(INNER)
    assert event.said_at == inner.said_at == times[first]
    assert not Current.objects.exclude(expires_at=None).exists()


def test_a_part_whose_time_is_over_ends_alone_with_its_own_parts(alice):
    holds_for(PART, "P3M")
    allows_all(alice, 100)
    assert expire_due() == 2
    assert holding(alice) == {WHOLE: "granted", PART: "expired", INNER: "expired"}


def test_what_is_essential_neither_ends_nor_ends_its_parts(alice):
    allows_all(alice)
    make_essential(PART)
    assert expire_due() == 2
    assert holding(alice) == {WHOLE: "expired", PART: "granted", INNER: "expired"}


def test_the_parts_of_what_became_essential_go_on(alice):
    allows_all(alice)
    make_essential(WHOLE)
    assert expire_due() == 1
    assert may(alice.subject, INNER)


def test_purposes_that_are_parts_of_each_other_end_once(alice):
    allows_all(alice)
    Purpose.objects.filter(slug=WHOLE).update(parent=purpose(INNER))
    assert expire_due() == 3
    assert Event.objects.filter(decision=Decision.EXPIRED).count() == 3


def test_parts_take_no_further_statement(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(expiry, "BATCH", 2)
    for _number in range(5):
        say(open_account(), ads=True, partner_ads=True, said_at=days_ago(200))
    # A savepoint and its release around each.
    with django_assert_num_queries(4 * 3):
        assert expire_due() == 10


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_end_everything_once():
    people = [open_account() for _number in range(20)]
    for somebody in people:
        say(somebody, ads=True, partner_ads=True, partner_mail=True, said_at=days_ago(200))
    Current.objects.filter(purpose__slug=PART).update(expires_at=days_ago(30))

    def run():
        try:
            return expire_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as runs:
        first = sum(done.result() for done in [runs.submit(run) for _number in range(3)])
    assert first + expire_due() == 60
    assert Event.objects.filter(decision=Decision.EXPIRED).count() == 60


# What systems are told


def told(slug: str) -> list[str]:
    return list(Message.objects.filter(purpose__slug=slug).order_by("id").values_list("decision", flat=True))


def test_a_system_that_is_told_of_a_part_alone_hears_of_its_end(alice):
    endpoint_at("https://partner.example/")[0].purposes.set([purpose(INNER)])
    allows_all(alice)
    expire_due()
    assert told(INNER) == ["granted", "expired"]
    assert not Message.objects.exclude(purpose__slug=INNER).exists()
    say(alice, ads=True)
    assert told(INNER) == ["granted", "expired"]
    assert check(INNER, [alice.subject_id]).allowed == [False]


def test_of_a_whole_that_means_more_nobody_is_told_but_that_its_parts_do_not_count_is_answered(alice):
    """As for any purpose: what changed is the purpose, and no choice. Until its yes ends, or another choice is made."""
    endpoint_at("https://partner.example/")
    allows_all(alice, 100)
    means_more(WHOLE)
    assert expire_due() == 0
    assert [told(slug) for slug in ALL] == [["granted"]] * 3
    assert check(PART, [alice.subject_id]).allowed == [False]
    with time_machine.travel(timezone.now() + 100 * DAY):
        assert expire_due() == 3
    assert [told(slug) for slug in ALL] == [["granted", "expired"]] * 3
