"""Whatever is said, by whichever device, in whichever order it arrives, whoever turns out to be whom, and however much
time passes: what holds is the rule applied to the history.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import time_machine
from django.db import connection, transaction
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from accounts.subjects.life import open_account, open_subject
from accounts.subjects.merge import NotMerged, merge
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.check import check as ask_about
from consents.choices.current import standing
from consents.choices.expiry import expire_due
from consents.choices.gpc import honour
from consents.choices.may import may
from consents.choices.models import Current, Decision, Event, Method
from consents.choices.record import as_published, record
from consents.choices.refusals import SignInToAllow, WholeNotAllowed
from tests.consents.histories import (
    PEOPLE,
    VALIDITIES,
    WHOLES,
    Deed,
    Expire,
    Memory,
    Merge,
    Say,
    Signal,
    Wait,
    deeds,
)
from tests.consents.purposes import make_purpose, say

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
STAGES = {"guest": Subject.Stage.GUEST, "account": Subject.Stage.ACCOUNT}


@dataclass
class World:
    """The same in the database."""

    memory: Memory
    subjects: dict[str, Subject]
    now: datetime = NOON
    calls: int = 0

    def do(self, deed: Deed) -> None:
        with time_machine.travel(self.now, tick=False):
            match deed:
                case Say():
                    self._say(deed)
                case Signal(who):
                    self._signal(who)
                case Merge(source, target):
                    self._merge(source, target)
                case Wait(days):
                    self.now += timedelta(days=days)
                case Expire():
                    expire_due()
                    self.memory.ends(self.now)

    def _say(self, deed: Say) -> None:
        self.calls += 1
        call = partial(_call, self.subjects[deed.who], deed, self.now, f"call-{self.calls}")
        if self.memory.person[deed.who] != deed.who and any(deed.decisions.values()):
            with pytest.raises(SignInToAllow):
                call()
            return
        at = min(self.now, self.now - deed.ago)
        if self.memory.allows_without_whole(deed.who, deed.decisions, at):
            event("a part without its whole")
            with pytest.raises(WholeNotAllowed):
                call()
            return
        calls = [call() for _time in range(1 + deed.repeated)]
        refused = self.memory.refused_with(deed.who, deed.decisions, at)
        for purpose, allow in [*deed.decisions.items(), *((part, False) for part in refused)]:
            self.memory.says(deed.who, purpose, allow=allow, at=at)
        assert calls[0] == calls[-1]
        assert [each.purpose.slug for each in calls[0]] == [*deed.decisions, *refused]

    def _signal(self, who: str) -> None:
        """It is about the ads, and news unless they are refused already."""
        holds = standing(self.memory.said[self.memory.person[who], "ads"])
        is_news = holds is None or holds.decision != Decision.REFUSED
        refused = ["ads", *self.memory.refused_with(who, {"ads": False}, self.now)] if is_news else []
        assert [each.purpose.slug for each in honour(self.subjects[who], evidence={"gpc": "1"})] == refused
        for purpose in refused:
            self.memory.says(who, purpose, allow=False, at=self.now)

    def _merge(self, source: str, target: str) -> None:
        person = self.memory.person
        try:
            merge(self.subjects[source], self.subjects[target])
        except NotMerged as refusal:
            event(f"not merged: {refusal.code}")
            return
        if person[source] != person[target]:
            event("merged")
            self.memory.becomes(source, person[target])


@pytest.mark.django_db
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(deeds, max_size=14))
# A yes that ended on the phone, a newer one on the tablet.
@example([Say("phone", {"ads": True}, timedelta(200)), Expire(), Say("tablet", {"ads": True}, timedelta(100)),
          Merge("phone", "account"), Merge("tablet", "account")])  # fmt: skip
# A no beside a yes of the same time, and the same said twice: the first is the one that holds.
@example([Say("phone", {"ads": False}, timedelta(0)), Say("account", {"ads": True}, timedelta(0)),
          Merge("phone", "account")])  # fmt: skip
@example([Say("phone", {"ads": False}, timedelta(0)), Say("account", {"ads": False}, timedelta(0)),
          Merge("phone", "account"), Say("account", {"ads": True}, timedelta(0))])  # fmt: skip
# Renewed without a connection before it ended, arrived after.
@example([Say("phone", {"ads": True}, timedelta(0)), Wait(200), Expire(), Say("phone", {"ads": True}, timedelta(30)),
          Wait(200), Expire()])  # fmt: skip
# Through a guest, with a signal from the device that is signed out again.
@example([Say("phone", {"ads": True}, timedelta(1)), Merge("phone", "guest"), Merge("guest", "account"),
          Say("account", {"ads": True}, timedelta(0)), Wait(1), Signal("phone"), Signal("tablet")])  # fmt: skip
# The whole ends while its part goes on.
@example([Say("account", {"ads": True, "partner-ads": True}, timedelta(0)), Wait(200)])  # fmt: skip
# The same, and it is allowed again; a late yes to the part, before and after the whole ended.
@example([Say("account", {"ads": True, "partner-ads": True}, timedelta(0)), Wait(200),
          Say("account", {"partner-ads": True}, timedelta(30)), Say("account", {"partner-ads": True}, timedelta(0)),
          Expire(), Say("account", {"partner-ads": True}, timedelta(100)),
          Say("account", {"ads": True}, timedelta(0))])  # fmt: skip
# Whole and part end in either order, recorded at once; then the part was allowed on a device after the whole had ended.
@example([Say("account", {"ads": True}, timedelta(0)), Wait(100),
          Say("account", {"partner-ads": True, "partner-mail": True}, timedelta(0)), Wait(200), Expire(),
          Say("account", {"ads": True}, timedelta(0))])  # fmt: skip
@example([Say("account", {"ads": True, "partner-ads": True, "partner-mail": True}, timedelta(0)), Wait(200), Expire(),
          Expire(), Say("account", {"ads": True}, timedelta(0))])  # fmt: skip
@example([Say("account", {"ads": True}, timedelta(200)), Say("phone", {"ads": True}, timedelta(30)),
          Say("phone", {"partner-ads": True, "mail": True}, timedelta(0)), Say("phone", {"ads": False}, timedelta(1)),
          Merge("phone", "account"), Wait(200), Expire()])  # fmt: skip
# Allowed on the phone after the account had refused the whole.
@example([Say("account", {"ads": True}, timedelta(30)), Say("account", {"ads": False}, timedelta(1)),
          Say("phone", {"ads": True}, timedelta(100)), Say("phone", {"partner-ads": True}, timedelta(0)),
          Merge("phone", "account")])  # fmt: skip
# A no to the whole of another time than the part's, late, twice, and in one call with the part's yes.
@example([Say("phone", {"ads": True, "partner-ads": True}, timedelta(30)), Say("phone", {"ads": False}, timedelta(100)),
          Say("phone", {"ads": False}, timedelta(1), repeated=True), Signal("phone"),
          Say("phone", {"ads": False, "partner-ads": True}, timedelta(200))])  # fmt: skip
def test_what_holds_is_the_rule_applied_to_the_history(purposes, history):
    with transaction.atomic():
        world = World(Memory(), {name: open_subject(STAGES.get(name, Subject.Stage.DEVICE)) for name in PEOPLE})
        for deed in history:
            world.do(deed)
        check(world)
        transaction.set_rollback(True)


def _call(subject: Subject, deed: Say, now: datetime, client_id: str) -> list[Event]:
    return record(
        subject,
        as_published(deed.decisions, "en"),
        method=Method.APP,
        actor=subject,
        language="en",
        said_at=now - deed.ago,
        client_id=client_id,
    )


def check(world: World) -> None:
    with time_machine.travel(world.now, tick=False):
        for name, subject in world.subjects.items():
            if world.memory.person[name] != name:
                assert not Current.objects.for_subject(subject).exists(), "what it said holds for the person"
            else:
                for slug in VALIDITIES:
                    _check_one(world, name, slug)
        for slug in VALIDITIES:
            _check_answers(world, slug)


def _check_one(world: World, name: str, slug: str) -> None:
    subject = world.subjects[name]
    events = list(Event.objects.for_subject(subject).filter(purpose__slug=slug).order_by("id"))
    remembered = world.memory.said[name, slug]
    assert len(events) == len(remembered)
    assert sorted(each.effective_at for each in events) == sorted(each.effective_at for each in remembered)
    holds, current = standing(events), Current.objects.for_subject(subject).filter(purpose__slug=slug).first()
    assert (current and current.event) == holds
    if current and holds:
        assert (current.decision, current.since, current.version) == (
            holds.decision,
            holds.effective_at,
            holds.version,
        )
        assert current.expires_at == standing(remembered).ends


def _check_answers(world: World, slug: str) -> None:
    """By the number of a device or guest, too, for the person who it turned out to be."""
    expected = [world.memory.may(world.memory.person[name], slug, world.now) for name in world.subjects]
    assert [may(subject, slug) for subject in world.subjects.values()] == expected
    assert ask_about(slug, [subject.pk for subject in world.subjects.values()]).allowed == expected
    if slug in WHOLES:
        assert all(may(each, WHOLES[slug]) for each in world.subjects.values() if may(each, slug))


@pytest.fixture
def purposes(db):
    for slug, validity in VALIDITIES.items():
        make_purpose(slug)
        whole = Purpose.objects.filter(slug=WHOLES.get(slug)).first()
        Purpose.objects.filter(slug=slug).update(validity=validity, gpc=slug == "ads", parent=whole)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_number", range(8))
def test_what_is_said_while_two_become_one_is_said_by_the_one(round_number):
    make_purpose("ads")
    make_purpose("mail")
    account, phone = open_account(), open_subject(Subject.Stage.DEVICE)
    say(account, ads=True, mail=True)

    def in_a_connection_of_its_own(deed):
        try:
            deed()
        finally:
            connection.close()

    deeds_at_once = [
        lambda: say(phone, ads=False),
        lambda: merge(Subject.objects.get(pk=phone.pk), Subject.objects.get(pk=account.pk)),
        lambda: say(Subject.objects.get(pk=phone.pk), mail=False),
        lambda: say(Subject.objects.get(pk=account.pk), mail=False),
    ]
    with ThreadPoolExecutor(len(deeds_at_once)) as everybody:
        for done in [everybody.submit(in_a_connection_of_its_own, deed) for deed in deeds_at_once]:
            done.result()
    assert not Current.objects.for_subject(phone).exists()
    assert not may(account, "ads")
    assert not may(account, "mail")
    for slug in ("ads", "mail"):
        history = Event.objects.for_subject(account).filter(purpose__slug=slug).order_by("id")
        current = Current.objects.for_subject(account).get(purpose__slug=slug)
        assert current.since == standing(history).effective_at
