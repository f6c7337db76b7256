"""A part counts only where its whole does: for `may`, for systems, for mails, in the overview, and in what is asked."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from accounts.subjects.addresses import address_hash, guest
from accounts.subjects.life import entomb, freeze
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.asking import Why, to_ask
from consents.choices.check import check, check_addresses
from consents.choices.may import may
from consents.choices.models import Current
from consents.choices.summary import allowed_now, standing_choices, summary
from consents.mailing.allowed import allowed
from tests.consents.parts import INNER, PART, WHOLE, make_essential, make_parts, means_more
from tests.consents.purposes import say
from tests.people import subject_of

ALL = [WHOLE, PART, INNER]


@pytest.fixture(autouse=True)
def parts(db: None) -> None:
    make_parts()


def change(slug: str, **columns: object) -> None:
    Purpose.objects.filter(slug=slug).update(**columns)


def stands(slug: str, **columns: object) -> None:
    """Without its parts, as imports, merges and the passing of time leave it."""
    Current.objects.filter(purpose__slug=slug).update(**columns)


def over() -> dict[str, object]:
    return {"expires_at": timezone.now() - timedelta(seconds=1)}


# What happens to somebody who allows everything, and what is allowed then.
CASES: dict[str, tuple[list[Callable[[User], object]], list[str]]] = {
    "nothing": ([], ALL),
    "the part in the middle is refused": ([lambda alice: say(alice, partner_ads=False)], [WHOLE]),
    "the innermost is refused": ([lambda alice: say(alice, partner_mail=False)], [WHOLE, PART]),
    "the whole is refused": ([lambda alice: say(alice, ads=False)], []),
    "the whole is refused and allowed again": (
        [lambda alice: say(alice, ads=False), lambda alice: say(alice, ads=True)],
        [WHOLE],
    ),
    "only the whole stands refused": ([lambda _alice: stands(WHOLE, decision="refused")], []),
    "only the middle stands refused": ([lambda _alice: stands(PART, decision="withdrawn")], [WHOLE]),
    "the whole was never decided": ([lambda _alice: Current.objects.filter(purpose__slug=WHOLE).delete()], []),
    "the time of the whole is over": ([lambda _alice: stands(WHOLE, **over())], []),
    "the time of the middle is over": ([lambda _alice: stands(PART, **over())], [WHOLE]),
    "the whole means more": ([lambda _alice: means_more(WHOLE)], []),
    "the middle means more": ([lambda _alice: means_more(PART)], [WHOLE]),
    "the whole is retired": ([lambda _alice: change(WHOLE, retired_at=timezone.now())], []),
    "the middle is retired": ([lambda _alice: change(PART, retired_at=timezone.now())], [WHOLE]),
    "the whole is essential": (
        [lambda _alice: stands(WHOLE, decision="refused"), lambda _alice: make_essential(WHOLE)],
        ALL,
    ),
    "the middle is essential": (
        [lambda _alice: stands(PART, decision="refused"), lambda _alice: make_essential(PART)],
        ALL,
    ),
    "the essential whole is retired": (
        [lambda _alice: make_essential(WHOLE), lambda _alice: change(WHOLE, retired_at=timezone.now())],
        [],
    ),
    "the innermost is essential": (
        [lambda _alice: make_essential(INNER), lambda alice: say(alice, ads=False)],
        [INNER],
    ),
    "erasure is asked": ([lambda alice: freeze(subject_of(alice))], []),
    "they are erased": ([lambda alice: entomb(subject_of(alice), evidence_until=timezone.localdate())], []),
    "they are parts of each other": ([lambda _alice: change(WHOLE, parent=Purpose.objects.get(slug=INNER))], ALL),
}


@pytest.mark.parametrize("case", CASES)
def test_every_way_of_asking_answers_the_same(alice, bob, api_for, case):
    happenings, expected = CASES[case]
    app = api_for(alice)
    say(alice, ads=True, partner_ads=True, partner_mail=True)
    for happens in happenings:
        happens(alice)
    subject = subject_of(alice)
    subject.refresh_from_db()
    assert [slug for slug in ALL if may(subject, slug)] == expected
    for slug in ALL:
        answers = check(slug, [alice.subject_id, bob.subject_id]).allowed
        assert answers == [slug in expected, Purpose.objects.get(slug=slug).essential and slug in expected]
        hashes = [address_hash("alice@example.org")]
        assert check_addresses(slug, hashes).allowed[0] == (slug in expected and subject.stage != "tombstone")
    optional = Purpose.objects.optional().filter(slug__in=ALL)
    told = {each.slug for each in optional if Subject.objects.filter(allowed(each), pk=subject.pk).exists()}
    assert told == set(expected) & {each.slug for each in optional}
    if subject.stage != "tombstone":
        results = app.get("/api/v1/choices/").json()["results"]
        assert {result["purpose"] for result in results if result["allowed"]} == told
    if subject.stage != "tombstone" and not subject.is_frozen:
        counted = allowed_now(standing_choices(subject), timezone.now())
        assert {each.slug for each in optional.filter(pk__in=counted)} == told


def test_an_answer_is_one_statement_at_any_depth(alice, django_assert_num_queries):
    for slug in ALL:
        with django_assert_num_queries(1):
            may(alice.subject, slug)


def test_the_old_number_of_a_guest_who_joined_answers_for_the_person(alice):
    was = guest("gina@example.org")
    say(was, ads=True)
    merge(was, subject_of(alice))
    was.refresh_from_db()
    assert [slug for slug in ALL if may(was, slug)] == [WHOLE]
    say(alice, partner_ads=True)
    assert may(was, PART)
    freeze(subject_of(alice))
    assert not may(was, WHOLE)


def test_the_overview_counts_a_part_without_its_whole_as_refused_and_what_ended_as_undecided(alice):
    def counted() -> tuple[int, int, int]:
        found = summary(alice.subject, "en")
        return found["allowed"], found["refused"], found["undecided"]

    say(alice, ads=True, partner_ads=True)
    assert counted() == (2, 0, 2)
    stands(WHOLE, decision="refused")
    assert counted() == (0, 2, 2)
    stands(WHOLE, decision="granted", **over())
    assert counted() == (0, 1, 3)


# What is asked


def asked(somebody: User, *, gpc: bool = False) -> dict[str, Why]:
    return {question.purpose.slug: question.why for question in to_ask(subject_of(somebody), gpc=gpc)}


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def test_whole_and_parts_are_asked_about_together_while_nothing_is_decided(alice):
    assert list(asked(alice)) == [*ALL, "about-us"]


def test_nobody_is_asked_about_the_parts_of_what_they_refused(alice):
    say(alice, ads=False)
    assert list(asked(alice)) == ["about-us"]
    Current.objects.exclude(purpose__slug=WHOLE).delete()
    assert list(asked(alice)) == ["about-us"]


def test_who_allowed_the_whole_is_asked_about_parts_that_are_new(alice):
    say(alice, ads=True)
    assert list(asked(alice)) == [PART, INNER, "about-us"]
    say(alice, partner_ads=False)
    assert list(asked(alice)) == ["about-us"]


def test_once_the_whole_may_be_asked_about_again_so_may_its_parts(alice):
    say(alice, ads=False, said_at=days_ago(200))
    assert [asked(alice)[slug] for slug in ALL] == [Why.REFUSED_LONG_AGO] * 3


def test_a_part_is_asked_about_beside_a_whole_that_ended_or_means_more(alice):
    say(alice, ads=True)
    means_more(WHOLE)
    assert asked(alice)[PART] == Why.UNDECIDED
    say(alice, ads=True)
    stands(WHOLE, **over())
    assert asked(alice) == {WHOLE: Why.EXPIRED, PART: Why.UNDECIDED, INNER: Why.UNDECIDED, "about-us": Why.UNDECIDED}


def test_what_the_browser_refuses_is_not_asked_about_by_its_parts(alice):
    change(WHOLE, gpc=True)
    assert list(asked(alice, gpc=True)) == ["about-us"]
    say(alice, ads=True)
    assert list(asked(alice, gpc=True)) == [PART, INNER, "about-us"]


def test_nobody_is_asked_about_a_part_of_what_is_no_longer_done(alice):
    change(WHOLE, retired_at=timezone.now())
    assert list(asked(alice)) == ["about-us"]


def test_a_part_of_something_essential_is_asked_about(alice):
    make_essential(WHOLE)
    assert list(asked(alice)) == [PART, INNER, "about-us"]
