"""Choices that were recorded elsewhere become ours."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.subjects.addresses import find, know
from accounts.subjects.life import freeze, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Address, Subject
from consents.catalogue.models import Purpose, PurposeText
from consents.choices.current import standing
from consents.choices.law import after
from consents.choices.may import may
from consents.choices.models import Current, Event
from consents.imports.meanings import Terms
from consents.imports.models import Import, Line
from tests.consents.imports import SAID_AT, as_json_lines, line, take, take_bytes, words_of
from tests.consents.policies import release
from tests.consents.purposes import make_purpose, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ads(db: None) -> Purpose:
    return make_purpose("ads", de="Werbung")


def test_a_consent_is_taken_over_with_what_is_known_about_it(alice):
    source = take(line(alice))
    event = Event.objects.get()
    assert (event.subject, event.purpose.slug, event.decision, event.method) == (
        alice.subject,
        "ads",
        "granted",
        "import",
    )
    assert event.wording.sha256 == words_of("ads")
    assert event.said_at == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert event.received_at > event.said_at
    assert event.actor is None
    assert event.jurisdiction == alice.subject.jurisdiction
    assert may(alice.subject, "ads")
    assert (source.state, source.lines, source.bad, source.recorded) == ("done", 1, 0, 1)


def test_the_event_names_the_file_and_the_line_it_came_from(alice, bob):
    source = take(line(alice, decision="refused"), line(bob))
    assert source.name == "old-system.csv"
    client_ids = {event.subject: event.client_id for event in Event.objects.all()}
    assert client_ids == {alice.subject: f"{source.client_id}2", bob.subject: f"{source.client_id}3"}
    assert source.client_id == f"import:{source.sha256[:16]}:"


def test_the_same_file_is_taken_over_once(alice):
    first, second = take(line(alice)), take(line(alice))
    assert first == second
    assert Event.objects.count() == 1


def test_json_lines_say_the_same(alice):
    first = line(alice) | {"version": 1}
    take_bytes(as_json_lines(first, line(alice, decision="withdrawn", said_at="2024-03-02T10:00:00+02:00")), "jsonl")
    assert [event.decision for event in Event.objects.order_by("id")] == ["granted", "withdrawn"]
    assert Current.objects.get().decision == "withdrawn"


def test_the_words_may_be_named_for_the_whole_file(alice):
    take(line(alice, text_sha256=""), terms=Terms(words={"ads": words_of("ads")}))
    assert Event.objects.get().wording.sha256 == words_of("ads")


def test_of_the_same_words_in_several_languages_the_line_names_one(alice):
    make_purpose("surveys", fr="Surveys")
    take(line(alice, "surveys", language="fr"), line(alice, "surveys", said_at="2024-03-02T10:00:00Z"))
    assert [event.wording.language for event in Event.objects.order_by("id")] == ["fr", "en"]


def test_words_that_stand_no_longer_lead_to_the_version_they_were_shown_with(alice, bob, ads):
    old = words_of("ads")
    ads.texts.all().delete()
    ads.version = ads.asks_since = 2
    ads.save()
    PurposeText.objects.create(purpose=ads, language="en", name="Ads", description="And now something else.")
    take(
        line(alice, text_sha256=old),
        line(bob),
        line(bob, decision="refused", version="1", said_at="2020-03-01T10:00:00Z"),
    )
    assert {event.subject: event.version for event in Event.objects.filter(decision="granted")} == {
        alice.subject: 1,
        bob.subject: 2,
    }
    assert Event.objects.get(decision="refused").version == 1
    assert not may(alice.subject, "ads")


def test_a_newer_choice_stays(alice):
    say(alice, ads=False)
    take(line(alice))
    assert Event.objects.count() == 2
    assert Current.objects.get().decision == "refused"
    assert not may(alice.subject, "ads")


def test_an_older_choice_gives_way(alice):
    say(alice, ads=True, said_at=datetime(2020, 1, 1, tzinfo=UTC))
    take(line(alice, decision="refused"))
    assert Current.objects.get().decision == "withdrawn"
    assert Current.objects.get().event == Event.objects.get(method="import")


def test_of_two_lines_at_the_same_time_the_no_holds(alice):
    take(line(alice), line(alice, decision="refused"), line(alice))
    assert not may(alice.subject, "ads")
    assert Current.objects.get().event == standing(Event.objects.order_by("id"))


def test_the_lines_of_a_file_may_stand_in_any_order(alice, bob):
    days = [f"2024-03-{day:02}T10:00:00Z" for day in (5, 1, 3, 2, 4)]
    allow = ["refused", "granted", "granted", "refused", "granted"]
    take(
        *[line(who, decision=said, said_at=day) for day, said in zip(days, allow, strict=True) for who in (alice, bob)]
    )
    in_time = [event.decision for event in Event.objects.filter(subject=alice.subject).order_by("said_at")]
    assert in_time == ["granted", "withdrawn", "granted", "granted", "withdrawn"]
    assert [current.decision for current in Current.objects.all()] == ["withdrawn", "withdrawn"]


def test_a_no_that_ends_no_yes_is_a_refusal(alice):
    say(alice, ads=True, said_at=datetime(2025, 1, 1, tzinfo=UTC))
    take(line(alice, decision="refused"))
    assert Event.objects.get(method="import").decision == "refused"
    assert may(alice.subject, "ads")


@pytest.mark.parametrize("period", ["P12M", "P1Y2M3W4DT5H6M7S", "P1M", "P9999Y"])
def test_a_consent_ends_when_one_given_here_would(alice, bob, ads, period):
    Purpose.objects.update(validity="P5Y", validities={"EU_GDPR": period})
    said_at = "2024-01-31T10:00:00Z"
    take(line(alice, said_at=said_at), line(bob, decision="refused"))
    expected = after(datetime.fromisoformat(said_at), period)
    assert [current.expires_at for current in Current.objects.order_by("since")] == [expected, None]


def test_the_policy_is_the_one_that_was_in_force(alice, dana):
    with time_machine.travel("2023-12-01T00:00:00Z"):
        first = release("1.0", dana, effective_at=datetime(2024, 1, 1, tzinfo=UTC))
        second = release("2.0", dana, effective_at=datetime(2024, 6, 1, tzinfo=UTC))
    times = ["2023-12-31T00:00:00Z", "2024-05-31T23:59:59Z", "2024-06-01T00:00:00Z"]
    take(*[line(alice, said_at=said_at) for said_at in times])
    assert [event.policy_version for event in Event.objects.order_by("said_at")] == [None, first, second]


def test_an_address_leads_to_the_person_who_has_it(alice):
    take(line(" Alice@Example.org"))
    assert Event.objects.get().subject == alice.subject
    assert Subject.objects.count() == 1


def test_an_unknown_address_becomes_a_guest_who_can_be_found_again():
    source = take(
        line("New@example.org"),
        line("new@example.org", decision="refused", said_at="2024-05-01T10:00:00Z"),
        line("+49 30 901820"),
        terms=Terms(jurisdiction="US_CA"),
    )
    guest = find("new@EXAMPLE.org")
    assert (guest.stage, guest.jurisdiction) == ("guest", "US_CA")
    assert Address.objects.get(subject=guest).value == "new@example.org"
    assert Current.objects.get(subject=guest).decision == "withdrawn"
    assert find("+4930901820").stage == "guest"
    assert source.guests == 2
    assert {event.jurisdiction for event in Event.objects.all()} == {"US_CA"}


def test_what_a_guest_said_is_said_by_the_person_they_turned_out_to_be(alice):
    guest = open_subject(Subject.Stage.GUEST)
    know(guest, "guest@example.org")
    merge(guest, alice.subject)
    take(line(guest), line("guest@example.org", decision="refused", said_at="2024-05-01T10:00:00Z"))
    assert {event.subject for event in Event.objects.all()} == {alice.subject}


def test_a_minor_may_refuse_and_withdraw(mia):
    take(line(mia, decision="refused"), line(mia, decision="withdrawn"))
    assert Event.objects.count() == 2


def test_who_asked_for_erasure_may_refuse(alice):
    freeze(alice.subject)
    take(line(alice, decision="refused"))
    assert Event.objects.get().decision == "refused"


def test_nothing_of_a_file_stays_behind(alice):
    take(line(alice))
    assert not Line.objects.exists()


def test_a_clock_a_little_ahead_is_forgiven_and_counts_as_now(alice):
    said_at = timezone.now() + timedelta(minutes=1)
    take(line(alice, said_at=said_at.isoformat()))
    assert Event.objects.get().said_at == said_at
    assert Current.objects.get().since == Event.objects.get().received_at


def test_the_hash_of_the_bytes_tells_files_apart(alice):
    take(line(alice))
    take(line(alice, said_at=SAID_AT.replace("10:00", "11:00")))
    assert Import.objects.count() == 2
    assert Event.objects.count() == 2
