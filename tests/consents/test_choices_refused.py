"""Nobody records nonsense, nor what is not theirs to decide; then nothing of it is kept."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.subjects.life import entomb, freeze
from consents.catalogue.models import Purpose, PurposeText
from consents.choices import refusals
from consents.choices.models import Current, Event, Method
from consents.choices.record import Choice, as_published, record
from consents.choices.refusals import NotRecorded
from tests.consents.purposes import current, make_purpose, say


@pytest.fixture
def ads(db: None) -> Purpose:
    return make_purpose("ads")


@pytest.fixture
def mail(db: None) -> Purpose:
    return make_purpose("mail")


NONSENSE: dict[str, tuple[Callable[[], list[Choice]], type[NotRecorded], str]] = {
    "no choice at all": (list, refusals.NothingSaid, "decisions"),
    "an unknown purpose": (lambda: [Choice("nonsense", False)], refusals.UnknownPurpose, "decisions.0.purpose"),
    "the same purpose twice": (
        lambda: [Choice("mail", False), Choice("mail", False)],
        refusals.SaidTwice,
        "decisions.1.purpose",
    ),
    "an essential purpose": (lambda: [Choice("service", False)], refusals.NotOptional, "decisions.0.purpose"),
    "a retired purpose": (lambda: [Choice("old", False)], refusals.RetiredPurpose, "decisions.0.purpose"),
    "words never published": (
        lambda: [Choice("mail", False), Choice("ads", True, "f" * 64)],
        refusals.UnknownText,
        "decisions.1.text_sha256",
    ),
    "the words of another purpose": (
        lambda: [Choice("ads", True, as_published({"mail": True}, "en")[0].text_sha256)],
        refusals.UnknownText,
        "decisions.0.text_sha256",
    ),
    "a grant without words": (lambda: [Choice("ads", True)], refusals.TextMissing, "decisions.0.text_sha256"),
}


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_that_the_purpose_does_not_have_is_refused(alice, ads, version):
    shown = PurposeText.objects.get(purpose=ads, language="en").sha256
    with pytest.raises(refusals.UnknownVersion) as refusal:
        record(
            alice.subject, [Choice("ads", True, shown, version)], method=Method.APP, actor=alice.subject, language="en"
        )
    assert refusal.value.field == "decisions.0.version"
    assert not Event.objects.exists()


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_refused_at_its_field_and_nothing_is_stored(alice, ads, mail, what):
    make_purpose("service", essential=True)
    old = make_purpose("old")
    old.retired_at = timezone.now()
    old.save()
    choices, refusal, field = NONSENSE[what]
    with pytest.raises(refusal) as refused:
        record(
            alice.subject,
            choices(),
            method=Method.API,
            actor=alice.subject,
            language="en",
        )
    assert refused.value.field == field
    assert str(refused.value.message)
    assert not Event.objects.exists()
    assert not Current.objects.exists()


def test_a_clock_five_minutes_ahead_is_refused(alice, ads):
    with pytest.raises(refusals.ClockAhead) as refused:
        say(alice, ads=True, said_at=timezone.now() + timedelta(minutes=5))
    assert refused.value.field == "said_at"
    assert not Event.objects.exists()


def test_a_minor_can_not_allow_alone_and_nothing_of_the_batch_is_stored(mia, ads, mail):
    with pytest.raises(refusals.GuardianNeeded) as refused:
        say(mia, mail=False, ads=True)
    assert refused.value.field == "decisions.1.decision"
    assert not Event.objects.exists()


def test_a_minor_can_always_refuse_even_what_the_guardian_allowed(mia, bob, ads):
    say(mia, ads=True, actor=bob, method=Method.GUARDIAN)
    say(mia, ads=False)
    assert current(mia) == {"ads": "withdrawn"}


def test_a_guardian_allows_for_the_minor_and_is_named_as_who_decided(mia, bob, ads):
    [event] = say(mia, ads=True, actor=bob, method=Method.GUARDIAN)
    assert (event.subject, event.actor) == (mia.subject, bob.subject)
    assert current(mia) == {"ads": "granted"}
    assert current(bob) == {}


@pytest.mark.parametrize("allow", [True, False])
def test_a_stranger_decides_nothing_for_others(alice, mia, charlie, ads, allow):
    for person in (alice, mia):
        with pytest.raises(refusals.NotYours):
            say(person, ads=allow, actor=charlie)
    assert not Event.objects.exists()


def test_who_asked_for_erasure_can_refuse_but_allow_nothing(alice, ads, mail):
    say(alice, ads=True)
    freeze(alice.subject)
    with pytest.raises(refusals.Frozen) as refused:
        say(alice, mail=True)
    assert refused.value.field == "decisions.0.decision"
    say(alice, ads=False)
    assert current(alice) == {"ads": "withdrawn"}


@pytest.mark.parametrize("allow", [True, False])
def test_an_erased_person_decides_nothing_any_more(alice, ads, allow):
    entomb(alice.subject, evidence_until=timezone.localdate())
    with pytest.raises(refusals.Erased):
        say(alice, ads=allow)
    assert not Event.objects.exists()
