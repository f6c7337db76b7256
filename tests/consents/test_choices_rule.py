from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.subjects.life import open_account
from consents.choices.current import effective, standing
from consents.choices.may import may
from consents.choices.models import Current, Decision, Event
from tests.consents.purposes import make_purpose, say

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
DECISIONS = st.sampled_from(Decision.values)


@dataclass(frozen=True)
class Said:
    decision: str
    effective_at: datetime


sayings = st.builds(Said, DECISIONS, st.integers(0, 5).map(lambda minute: NOON + timedelta(minutes=minute)))


def test_nobody_who_said_nothing_has_decided():
    assert standing([]) is None


@given(st.lists(sayings, min_size=1), st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_changes_what_holds(history, random):
    shuffled = random.sample(history, len(history))
    assert _says_yes(standing(history)) == _says_yes(standing(shuffled))


@given(st.lists(sayings, min_size=1))
def test_a_yes_holds_only_if_no_refusal_is_as_new(history):
    newest = max(saying.effective_at for saying in history)
    last_words = [saying.decision for saying in history if saying.effective_at == newest]
    assert _says_yes(standing(history)) == all(word == Decision.GRANTED for word in last_words)


@given(st.timedeltas(), st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9)))
def test_nothing_is_said_after_it_was_received(ahead, later):
    said_at = NOON + max(min(ahead, timedelta(days=99)), timedelta(days=-99))
    assert effective(said_at, NOON) <= min(said_at, NOON + later)


def _says_yes(saying: Any) -> bool:
    return saying.decision == Decision.GRANTED


# One call: which purposes are decided how, how many minutes ago (-1 is a clock that runs ahead), repeated or not.
calls = st.tuples(
    st.dictionaries(st.sampled_from(["ads", "mail"]), st.booleans(), min_size=1),
    st.sampled_from([None, -1, 0, 1, 2, 3]),
    st.booleans(),
)


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(calls, max_size=8))
@example([({"ads": True}, 0, False), ({"ads": False}, 0, False)])
@example([({"ads": True}, -1, True), ({"ads": False}, None, False)])
def test_whatever_comes_in_whichever_order_the_current_choice_is_the_rule_applied_to_the_history(two_purposes, history):
    subject = open_account()
    # One moment for all calls, so that equal times really occur.
    now = timezone.now()
    for number, (decisions, minutes_ago, repeated) in enumerate(history):
        said_at = None if minutes_ago is None else now - timedelta(minutes=minutes_ago)
        for _time in range(1 + repeated):
            say(subject, **decisions, said_at=said_at, client_id=f"call-{number}")
    assert Event.objects.for_subject(subject).count() == sum(len(decisions) for decisions, _ago, _twice in history)
    for purpose in two_purposes:
        events = list(Event.objects.for_subject(subject).filter(purpose=purpose).order_by("id"))
        holds = standing(events)
        current = Current.objects.for_subject(subject).filter(purpose=purpose).first()
        assert (current and current.event) == holds
        if current and holds:
            assert (current.decision, current.since) == (holds.decision, holds.effective_at)
        assert may(subject, purpose.slug) == (holds is not None and holds.decision == Decision.GRANTED)


@pytest.fixture
def two_purposes(db: None) -> list[Any]:
    return [make_purpose("ads"), make_purpose("mail")]
