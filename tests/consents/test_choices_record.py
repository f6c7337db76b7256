from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.subjects.life import entomb
from accounts.users.models import User
from consents.catalogue.models import Purpose, PurposeText
from consents.choices import refusals
from consents.choices.may import may
from consents.choices.models import Decision, Event, Method
from consents.choices.record import Choice, as_published, record
from consents.policies.frame import policy_in_force
from consents.policies.models import Version
from tests.consents.policies import release
from tests.consents.purposes import current, make_purpose, say

MOMENT = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def ads(db: None) -> Purpose:
    return make_purpose("ads", de="Werbung")


@pytest.fixture
def mail(db: None) -> Purpose:
    return make_purpose("mail")


@pytest.fixture
def published_policy(dana: User) -> Version:
    """In force for ten days."""
    return release("1.0", dana, effective_at=timezone.now() - timedelta(days=10))


def test_an_event_keeps_who_said_what_when_how_and_which_words_were_shown(alice, ads):
    evidence = {"address": "192.0.2.7", "user_agent": "Firefox"}
    [event] = say(alice, ads=True, method=Method.APP, said_at=MOMENT, language="de", client_id="a1", evidence=evidence)
    event = Event.objects.get(pk=event.pk)
    assert (event.subject, event.actor, event.purpose) == (alice.subject, None, ads)
    assert (event.decision, event.method, event.said_at, event.client_id) == ("granted", "app", MOMENT, "a1")
    assert event.received_at > MOMENT
    assert event.jurisdiction == "EU_GDPR"
    assert event.wording is not None
    assert (event.wording.language, event.wording.name) == ("de", "Werbung")
    assert event.wording.sha256 == PurposeText.objects.get(purpose=ads, language="de").sha256
    assert event.opened_evidence() == evidence


def test_evidence_is_sealed_and_dies_with_the_key_while_the_decision_stays(alice, ads, django_assert_num_queries):
    [event] = say(alice, ads=True, evidence={"address": "192.0.2.7"})
    with django_assert_num_queries(1):
        raw = Event.objects.filter(pk=event.pk).values_list("evidence", flat=True)[0]
    assert b"192.0.2.7" not in bytes(raw)
    entomb(alice.subject, evidence_until=timezone.localdate() + timedelta(days=1))
    event = Event.objects.get(pk=event.pk)
    assert event.decision == Decision.GRANTED
    assert event.opened_evidence() is None


def test_refusals_are_events_as_much_as_grants(alice, ads, mail):
    say(alice, ads=False, mail=True)
    assert {event.purpose.slug: event.decision for event in Event.objects.all()} == {
        "ads": "refused",
        "mail": "granted",
    }
    assert current(alice) == {"ads": "refused", "mail": "granted"}


def test_refusing_what_was_granted_is_a_withdrawal(alice, ads):
    for allow in (False, True, False, False):
        say(alice, ads=allow)
    decisions = list(Event.objects.order_by("id").values_list("decision", flat=True))
    assert decisions == ["refused", "granted", "withdrawn", "refused"]
    assert current(alice) == {"ads": "refused"}


def test_an_older_choice_that_arrives_late_becomes_history_and_overrides_nothing(alice, ads):
    say(alice, ads=False, said_at=MOMENT)
    say(alice, ads=True, said_at=MOMENT - timedelta(hours=1))
    assert Event.objects.count() == 2
    assert current(alice) == {"ads": "refused"}


def test_a_late_refusal_of_what_was_granted_since_is_not_called_a_withdrawal(alice, ads):
    say(alice, ads=True, said_at=MOMENT)
    [late] = say(alice, ads=False, said_at=MOMENT - timedelta(hours=1))
    assert late.decision == Decision.REFUSED
    assert current(alice) == {"ads": "granted"}


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_of_two_said_at_the_same_time_the_refusal_holds(alice, ads, order):
    for allow in order:
        say(alice, ads=allow, said_at=MOMENT)
    assert current(alice)["ads"] != Decision.GRANTED


def test_a_clock_that_runs_ahead_does_not_let_a_grant_outlive_its_withdrawal(alice, ads):
    ahead = timezone.now() + timedelta(minutes=1, seconds=50)
    [grant] = say(alice, ads=True, said_at=ahead)
    assert grant.said_at == ahead
    say(alice, ads=False)
    assert current(alice) == {"ads": "withdrawn"}


def test_the_same_call_under_the_same_client_id_is_recorded_once(alice, ads, mail):
    first = say(alice, ads=True, mail=False, client_id="one")
    say(alice, ads=False)
    again = say(alice, ads=True, mail=False, client_id="one")
    assert [event.pk for event in again] == [event.pk for event in first]
    assert Event.objects.count() == 3
    assert current(alice)["ads"] == Decision.WITHDRAWN


def test_a_client_id_belongs_to_one_person(alice, charlie, ads):
    say(alice, ads=True, client_id="one")
    say(charlie, ads=False, client_id="one")
    assert (current(alice), current(charlie)) == ({"ads": "granted"}, {"ads": "refused"})


@pytest.mark.parametrize("other", [{"ads": False}, {"mail": True}, {"ads": True, "mail": True}])
def test_other_choices_under_a_used_client_id_are_refused(alice, ads, mail, other):
    say(alice, ads=True, client_id="one")
    with pytest.raises(refusals.ClientIdReused) as refusal:
        say(alice, **other, client_id="one")
    assert refusal.value.field == "client_id"
    assert Event.objects.count() == 1


def test_words_that_were_published_once_are_accepted_after_they_changed(alice, ads):
    text = PurposeText.objects.get(purpose=ads, language="en")
    shown = text.sha256
    text.description = "Other words."
    text.save()
    [event] = record(alice.subject, [Choice("ads", True, shown)], method=Method.APP, actor=alice.subject, language="en")
    assert event.wording is not None
    assert (event.wording.sha256, event.wording.description) == (shown, "About Ads.")


def test_words_that_stand_no_longer_allow_only_what_they_told(alice, ads):
    shown = PurposeText.objects.get(purpose=ads, language="en").sha256
    Purpose.objects.filter(pk=ads.pk).update(version=2, asks_since=2)
    for text in PurposeText.objects.filter(purpose=ads, language="en"):
        text.description = "And we sell it."
        text.save()
    [event] = record(alice.subject, [Choice("ads", True, shown)], method=Method.APP, actor=alice.subject, language="en")
    assert event.version == 1
    assert not may(alice.subject, "ads")
    [event] = say(alice, ads=True)
    assert event.version == 2
    assert may(alice.subject, "ads")


def test_words_that_stand_still_are_about_the_present_version_unless_the_client_names_another(alice, ads):
    shown = PurposeText.objects.get(purpose=ads, language="en").sha256
    Purpose.objects.filter(pk=ads.pk).update(version=3, asks_since=2)
    said = [Choice("ads", True, shown), Choice("ads", True, shown, version=1)]
    versions = []
    for choice in said:
        versions += record(alice.subject, [choice], method=Method.APP, actor=alice.subject, language="en")
    assert [event.version for event in versions] == [3, 1]
    assert not may(alice.subject, "ads")


def test_the_policy_that_one_statement_looks_up_is_the_one_that_the_pages_name(alice, ads, published_policy):
    for day in range(-20, 5, 3):
        said_at = timezone.now() + timedelta(days=day)
        if day < 0:
            [event] = say(alice, ads=True, said_at=said_at)
            assert event.policy_version == policy_in_force(said_at)


def test_a_refusal_needs_no_words_because_signals_and_links_show_none(alice, ads):
    [event] = record(alice.subject, [Choice("ads", False)], method=Method.GPC, actor=alice.subject, language="en")
    assert event.wording is None
    assert event.name == "Ads"


def test_the_policy_version_in_force_when_it_was_said_is_named(alice, ads, published_policy):
    [before] = say(alice, ads=True, said_at=timezone.now() - timedelta(days=11))
    [after] = say(alice, ads=False)
    assert (before.policy_version, after.policy_version) == (None, published_policy)


def test_without_a_policy_in_force_none_is_named(alice, ads):
    [event] = say(alice, ads=True)
    assert event.policy_version is None


def test_a_batch_costs_as_many_statements_as_one_choice(alice, django_assert_num_queries):
    slugs = [f"purpose-{number}" for number in range(12)]
    for slug in slugs:
        make_purpose(slug)
    one = as_published({slugs[0]: True}, "en")
    many = as_published(dict.fromkeys(slugs, True), "en")

    def write(choices: list[Choice], client_id: str) -> None:
        record(alice.subject, choices, method=Method.APP, actor=alice.subject, language="en", client_id=client_id)

    # One looks, one writes; two are the savepoint that a test makes of the act's
    # transaction.
    with django_assert_num_queries(4):
        write(one, "one")
    with django_assert_num_queries(4):
        write(many, "many")
