"""Whatever is said, by whichever device, in whichever order it arrives, whoever turns out to be whom, and however much
time passes: what holds is the rule applied to the history.
"""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
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
from consents.choices import law
from consents.choices.current import standing
from consents.choices.expiry import expire_due
from consents.choices.gpc import honour
from consents.choices.may import may
from consents.choices.models import Current, Decision, Event, Method
from consents.choices.record import as_published, record
from consents.choices.refusals import SignInToAllow
from tests.consents.purposes import make_purpose, say

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
PEOPLE = ("phone", "tablet", "guest", "account")
STAGES = {"guest": Subject.Stage.GUEST, "account": Subject.Stage.ACCOUNT}
# For half a year, and until it is withdrawn.
VALIDITIES = {"ads": "P6M", "mail": ""}


@dataclass(frozen=True)
class Say:
    who: str
    decisions: dict[str, bool]
    # How long before it arrives; less than nothing is a clock that runs ahead.
    ago: timedelta
    repeated: bool = False


@dataclass(frozen=True)
class Signal:
    who: str


@dataclass(frozen=True)
class Merge:
    source: str
    target: str


@dataclass(frozen=True)
class Wait:
    days: int


@dataclass(frozen=True)
class Expire:
    pass


type Deed = Say | Signal | Merge | Wait | Expire

people = st.sampled_from(PEOPLE)
delays = st.sampled_from([timedelta(days=each) for each in (0, 1, 30, 100, 200)] + [timedelta(minutes=-4)])
answers = st.dictionaries(st.sampled_from(list(VALIDITIES)), st.booleans(), min_size=1)
deeds = st.one_of(
    st.builds(Say, people, answers, delays, st.booleans()),
    st.builds(Say, people, answers, st.just(timedelta(0))),
    st.builds(Merge, people, people),
    st.builds(Signal, people),
    st.builds(Wait, st.sampled_from([1, 30, 100, 200])),
    st.builds(Expire),
)


@dataclass(frozen=True)
class Saying:
    """As the test remembers it, without asking the database."""

    decision: str
    effective_at: datetime
    ends: datetime | None = None


@dataclass
class Memory:
    """Who is whom, and what everybody said, told by the rule alone."""

    person: dict[str, str] = field(default_factory=lambda: {each: each for each in PEOPLE})
    said: defaultdict[tuple[str, str], list[Saying]] = field(default_factory=lambda: defaultdict(list))

    def says(self, who: str, purpose: str, *, allow: bool, at: datetime) -> None:
        ends = law.after(at, VALIDITIES[purpose]) if allow and VALIDITIES[purpose] else None
        decision = Decision.GRANTED if allow else Decision.REFUSED
        self.said[self.person[who], purpose].append(Saying(decision, at, ends))

    def becomes(self, source: str, target: str) -> None:
        for purpose in VALIDITIES:
            self.said[target, purpose] += self.said.pop((source, purpose), [])
        self.person = {each: target if now == source else now for each, now in self.person.items()}

    def ends(self, now: datetime) -> None:
        for sayings in self.said.values():
            holds = standing(sayings)
            if holds and holds.ends and holds.ends <= now:
                sayings.append(Saying(Decision.EXPIRED, holds.ends))

    def may(self, who: str, purpose: str, now: datetime) -> bool:
        holds = standing(self.said[who, purpose])
        return bool(holds) and holds.decision == Decision.GRANTED and not (holds.ends and holds.ends <= now)


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
        for _time in range(1 + deed.repeated):
            call()
        for purpose, allow in deed.decisions.items():
            self.memory.says(deed.who, purpose, allow=allow, at=min(self.now, self.now - deed.ago))

    def _signal(self, who: str) -> None:
        """It is about the ads, and news unless they are refused already."""
        holds = standing(self.memory.said[self.memory.person[who], "ads"])
        is_news = holds is None or holds.decision != Decision.REFUSED
        assert len(honour(self.subjects[who], evidence={"gpc": "1"})) == is_news
        if is_news:
            self.memory.says(who, "ads", allow=False, at=self.now)

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
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
def test_what_holds_is_the_rule_applied_to_the_history(two_purposes, history):
    with transaction.atomic():
        world = World(Memory(), {name: open_subject(STAGES.get(name, Subject.Stage.DEVICE)) for name in PEOPLE})
        for deed in history:
            world.do(deed)
        check(world)
        transaction.set_rollback(True)


def _call(subject: Subject, deed: Say, now: datetime, client_id: str) -> None:
    record(
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
                continue
            for slug in VALIDITIES:
                _check_one(world, name, slug)


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
    assert may(subject, slug) == world.memory.may(name, slug, world.now)


@pytest.fixture
def two_purposes(db):
    for slug, validity in VALIDITIES.items():
        make_purpose(slug)
        Purpose.objects.filter(slug=slug).update(validity=validity, gpc=slug == "ads")


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
