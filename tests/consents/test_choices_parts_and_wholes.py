"""A part is allowed only with its whole, and refused with it: so says the act, whoever calls it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.subjects.addresses import guest
from accounts.subjects.life import open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import Purpose
from consents.choices.expiry import expire_due
from consents.choices.gpc import honour
from consents.choices.models import Current, Event, Method
from consents.choices.record import Choice, as_published, record
from consents.choices.refusals import RetiredPurpose, WholeNotAllowed
from consents.mailing.ask import ask_address
from consents.mailing.unsubscribe import Scope, Ticket, unsubscribe
from tests.consents.parts import INNER, PART, WHOLE, make_essential, make_parts, means_more, purpose
from tests.consents.purposes import make_purpose, say
from tests.consents.questions import ADDRESS
from tests.people import person

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def parts(db: None) -> None:
    make_parts()


def holding(somebody: User) -> dict[str, str]:
    mine = Current.objects.filter(subject=somebody.subject).select_related("purpose")
    return {choice.purpose.slug: choice.decision for choice in mine}


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.purpose.slug, event.decision) for event in events]


# Allowing a part


def is_refused(somebody: User, **decisions: Any) -> None:
    before = holding(somebody)
    with pytest.raises(WholeNotAllowed):
        say(somebody, **decisions)
    assert holding(somebody) == before


def test_a_part_is_allowed_with_its_whole_in_one_call_in_whichever_order(alice, bob):
    say(alice, ads=True, partner_ads=True, partner_mail=True)
    say(bob, partner_mail=True, partner_ads=True, ads=True)
    assert holding(alice) == holding(bob) == dict.fromkeys([WHOLE, PART, INNER], "granted")


def test_a_part_is_allowed_after_its_whole(alice):
    say(alice, ads=True)
    say(alice, partner_ads=True)
    say(alice, partner_mail=True)
    assert holding(alice)[INNER] == "granted"


def test_a_part_of_what_nobody_decided_is_refused_at_its_field_and_nothing_is_stored(alice):
    with pytest.raises(WholeNotAllowed) as refusal:
        say(alice, about_us=True, partner_ads=True)
    assert refusal.value.field == "decisions.1.purpose"
    assert not Event.objects.exists()


@pytest.mark.parametrize("slug", ["partner_ads", "partner_mail"])
def test_a_part_of_what_was_refused_is_refused_at_any_depth(alice, slug):
    say(alice, ads=False)
    is_refused(alice, **{slug: True})


def test_of_three_all_must_be_allowed(alice):
    say(alice, ads=True)
    is_refused(alice, partner_mail=True)
    is_refused(alice, ads=True, partner_mail=True)
    say(alice, partner_ads=True, partner_mail=True)


@pytest.mark.parametrize("decisions", [{"ads": False, "partner_mail": True}, {"partner_mail": True, "ads": False}])
def test_nobody_allows_a_part_and_refuses_its_whole_in_one_call(alice, decisions):
    say(alice, ads=True, partner_ads=True, said_at=NOON)
    is_refused(alice, **decisions)
    is_refused(alice, **decisions, said_at=NOON - HOUR)


def test_a_yes_to_the_whole_that_ended_allows_no_part_before_and_after_that_was_recorded(alice):
    Purpose.objects.filter(slug=WHOLE).update(validity="P6M")
    say(alice, ads=True, said_at=NOON - timedelta(days=400))
    is_refused(alice, partner_ads=True)
    expire_due()
    is_refused(alice, partner_ads=True)
    say(alice, ads=True, partner_ads=True)


def test_a_yes_to_what_means_more_since_allows_no_part(alice):
    say(alice, ads=True)
    means_more(WHOLE)
    is_refused(alice, partner_ads=True)


def test_a_part_of_something_essential_needs_no_choice_on_it(alice):
    make_essential(WHOLE)
    say(alice, partner_ads=True)
    is_refused(person("Bob"), partner_mail=True)


def test_a_part_of_what_is_no_longer_done_can_not_be_allowed(alice):
    say(alice, ads=True, partner_ads=True)
    Purpose.objects.filter(slug=WHOLE).update(retired_at=timezone.now() - HOUR)
    with pytest.raises(RetiredPurpose) as refusal:
        say(alice, partner_mail=True)
    assert refusal.value.field == "decisions.0.purpose"


@pytest.mark.parametrize("after", ["refused", "ended", "changed", "retired"])
def test_an_old_yes_to_a_part_that_arrives_late_becomes_history(alice, after):
    Purpose.objects.filter(slug=WHOLE).update(validity="P6M" if after == "ended" else "")
    say(alice, ads=True, said_at=NOON)
    match after:
        case "refused":
            say(alice, ads=False, said_at=NOON + 2 * HOUR)
        case "changed":
            means_more(WHOLE)
        case "retired":
            Purpose.objects.filter(slug=WHOLE).update(retired_at=timezone.now())
    say(alice, partner_ads=True, said_at=NOON + HOUR)
    assert Event.objects.filter(purpose__slug=PART, decision="granted").exists()
    if after == "refused":
        assert holding(alice)[PART] == "refused"
        is_refused(alice, partner_ads=True, said_at=NOON + 2 * HOUR)


def test_the_api_refuses_at_the_field_and_stores_nothing(api_for, system_api, alice):
    [choice] = as_published({PART: True}, "en")
    body = {"decisions": [{"purpose": PART, "decision": "granted", "text_sha256": choice.text_sha256}]}
    paths = {"/api/v1/choices/": api_for(alice), f"/api/v1/subjects/{alice.subject_id}/choices/": system_api(
        f"choices:record:{PART}")}  # fmt: skip
    for path, api in paths.items():
        answer = api.post(path, body, format="json")
        assert answer.status_code == 422
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["errors"].keys() == {"decisions.0.purpose"}
    assert not Event.objects.exists()


def test_whoever_types_an_address_is_not_told_what_its_owner_allowed():
    owner = guest(ADDRESS)
    for asked in (False, True):
        question = ask_address(ADDRESS, as_published({PART: True}, "en"), language="en", evidence={})
        assert (question is not None) == asked
        say(owner, ads=True)


# Refusing a whole


def test_who_refuses_the_whole_refuses_its_parts_at_the_same_time_in_the_same_way(mia, bob):
    say(mia, ads=True, partner_ads=True, actor=bob, method=Method.GUARDIAN)
    [choice] = as_published({WHOLE: False}, "en")
    events = record(
        mia.subject,
        [choice],
        method=Method.PAPER,
        actor=bob.subject,
        language="en",
        client_id="one",
        evidence={"paper": "7"},
        recorder="staff:7",
    )
    assert told(events) == [(WHOLE, "withdrawn"), (PART, "withdrawn"), (INNER, "refused")]
    stored = list(Event.objects.filter(client_id="one").order_by("id"))
    assert stored == events
    for part in stored:
        assert (part.actor, part.method, part.recorder) == (bob.subject, "paper", "staff:7")
        assert (part.said_at, part.received_at) == (stored[0].said_at, stored[0].received_at)
        assert part.opened_evidence() == {"paper": "7"}
        assert part.version == part.purpose.version
    assert [event.wording is None for event in stored] == [False, True, True]
    assert holding(mia) == {WHOLE: "withdrawn", PART: "withdrawn", INNER: "refused"}


def test_what_the_call_names_itself_is_refused_once_and_with_its_words(alice):
    events = say(alice, ads=False, partner_mail=False)
    assert told(events) == [(WHOLE, "refused"), (INNER, "refused"), (PART, "refused")]
    assert [event.wording is None for event in events] == [False, False, True]


def test_what_no_choice_can_refuse_stays_as_it_is_and_its_own_parts_do_not(alice):
    make_essential(PART)
    assert told(say(alice, ads=False)) == [(WHOLE, "refused"), (INNER, "refused")]
    Purpose.objects.filter(slug=INNER).update(retired_at=timezone.now())
    assert told(say(alice, ads=False)) == [(WHOLE, "refused")]


def test_a_part_that_was_refused_at_that_time_or_later_is_not_refused_again(alice):
    say(alice, partner_ads=False, said_at=NOON)
    assert told(say(alice, ads=False, said_at=NOON)) == [(WHOLE, "refused")]
    assert told(say(alice, ads=False, said_at=NOON - HOUR)) == [(WHOLE, "refused")]
    assert len(say(alice, ads=False, said_at=NOON + HOUR)) == 3


def test_a_no_to_the_whole_that_arrives_late_refuses_no_part_that_was_allowed_since(alice):
    say(alice, ads=True, partner_ads=True, said_at=NOON)
    events = say(alice, ads=False, said_at=NOON - HOUR)
    assert told(events) == [(WHOLE, "refused"), (PART, "refused"), (INNER, "refused")]
    assert holding(alice) == {WHOLE: "granted", PART: "granted", INNER: "refused"}


def test_who_allows_the_whole_again_has_not_allowed_its_parts(alice):
    say(alice, ads=True, partner_ads=True)
    say(alice, ads=False)
    say(alice, ads=True)
    assert holding(alice) == {WHOLE: "granted", PART: "withdrawn", INNER: "refused"}


@pytest.mark.parametrize("said_at", [None, NOON])
def test_a_repeat_gives_the_same_events_in_the_same_order(alice, said_at):
    make_purpose("mail")
    decisions: dict[str, Any] = {"about_us": False, "partner_ads": False, "ads": False, "mail": False}
    first = say(alice, **decisions, client_id="one", said_at=said_at)
    say(alice, ads=True, partner_ads=True)
    again = say(alice, **decisions, client_id="one", said_at=said_at)
    assert again == first
    assert told(again)[-1] == (INNER, "refused")
    assert told(say(alice, mail=False, client_id="one")) == [("mail", "refused")]
    assert told(say(alice, ads=False, client_id="one")) == [(WHOLE, "refused"), (PART, "refused"), (INNER, "refused")]


def test_the_answer_of_the_api_lists_the_parts_too_also_when_it_is_repeated(api_for, alice):
    api: APIClient = api_for(alice)
    body = {"client_id": str(uuid4()), "decisions": [{"purpose": WHOLE, "decision": "refused"}]}
    answers = [api.post("/api/v1/choices/", body, format="json") for _time in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [event["purpose"] for event in answers[0].json()["events"]] == [WHOLE, PART, INNER]
    assert answers[0].json() == answers[1].json()


def test_a_link_and_a_signal_refuse_the_parts_too(alice, bob):
    Purpose.objects.filter(slug=WHOLE).update(gpc=True)
    for somebody in (alice, bob):
        say(somebody, ads=True, partner_ads=True)
    assert told(honour(alice.subject, evidence={"gpc": "1"}))[1] == (PART, "withdrawn")
    ticket = Ticket(bob.subject_id, purpose(WHOLE))
    assert told(unsubscribe(ticket, Scope.TOPIC, language="en", evidence={}))[1] == (PART, "withdrawn")
    assert not honour(alice.subject, evidence={"gpc": "1"})


def test_a_device_refuses_for_its_owner_with_all_parts(alice):
    device = open_subject(Subject.Stage.DEVICE)
    merge(device, alice.subject)
    say(alice, ads=True, partner_ads=True)
    say(device, ads=False)
    assert holding(alice) == {WHOLE: "withdrawn", PART: "withdrawn", INNER: "refused"}


# What it costs


@pytest.mark.parametrize(
    ("decisions", "statements"),
    [
        ({"about-us": True}, 2),
        ({"about-us": False}, 2),
        ({"ads": True}, 2),
        ({"partner-mail": False}, 2),
        ({"ads": False}, 3),
        ({"ads": True, "partner-ads": True}, 3),
    ],
)
def test_only_what_concerns_parts_and_wholes_takes_a_third_statement(
    alice, django_assert_num_queries, decisions, statements
):
    choices: list[Choice] = as_published(decisions, "en")
    # Two are the savepoint that a test makes of the act's transaction.
    with django_assert_num_queries(statements + 2):
        record(alice.subject, choices, method=Method.APP, actor=alice.subject, language="en")


def test_purposes_that_are_parts_of_each_other_end_no_call_in_a_circle(alice):
    Purpose.objects.filter(slug=WHOLE).update(parent=purpose(INNER))
    is_refused(alice, partner_ads=True)
    assert len(say(alice, ads=False)) == 3
    say(alice, ads=True, partner_ads=True, partner_mail=True)
