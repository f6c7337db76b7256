"""What people may do, in any order, and what the rule alone makes of it; for the tests of all histories."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hypothesis import strategies as st

from consents.choices import law
from consents.choices.current import standing
from consents.choices.models import Decision

PEOPLE = ("phone", "tablet", "guest", "account")
# For half a year, until it is withdrawn, and for a quarter.
VALIDITIES = {"ads": "P6M", "partner-ads": "", "partner-mail": "P3M", "mail": ""}
WHOLES = {"partner-ads": "ads", "partner-mail": "ads"}


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
delays = st.sampled_from([timedelta(days=each) for each in (0, 1, 30, 100, 200)] + [timedelta(minutes=-1)])
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

    def allows_without_whole(self, who: str, decisions: Mapping[str, bool], at: datetime) -> bool:
        """What was decided on the whole later than the part was allowed is no reason to refuse the part then."""
        allowed = [slug for slug, allow in decisions.items() if allow and slug in WHOLES]
        return any(not decisions.get(WHOLES[slug], self._allowed_by(who, WHOLES[slug], at)) for slug in allowed)

    def _allowed_by(self, who: str, whole: str, at: datetime) -> bool:
        holds = standing(self.said[self.person[who], whole])
        if holds is None or holds.decision == Decision.GRANTED:
            return holds is not None and (holds.ends is None or holds.ends > at)
        return holds.effective_at > at

    def refused_with(self, who: str, decisions: Mapping[str, bool], at: datetime) -> list[str]:
        """Parts of what is refused that the call does not name and that were not refused then or later already."""
        return [
            part
            for part, whole in WHOLES.items()
            if decisions.get(whole) is False and part not in decisions and not self._refused_since(who, part, at)
        ]

    def _refused_since(self, who: str, purpose: str, at: datetime) -> bool:
        holds = standing(self.said[self.person[who], purpose])
        return holds is not None and holds.decision == Decision.REFUSED and holds.effective_at >= at

    def becomes(self, source: str, target: str) -> None:
        for purpose in VALIDITIES:
            self.said[target, purpose] += self.said.pop((source, purpose), [])
        self.person = {each: target if now == source else now for each, now in self.person.items()}

    def ends(self, now: datetime) -> None:
        """In the order in which it came to its end; with a whole ends what was allowed of its parts until then."""
        over = {key: holds.ends for key, said in self.said.items() if (holds := standing(said)) and holds.ends}
        for (person, purpose), end in sorted(over.items(), key=lambda each: each[1]):
            if end <= now:
                for slug in [purpose, *(part for part, whole in WHOLES.items() if whole == purpose)]:
                    self._ends_at(self.said[person, slug], end)

    def _ends_at(self, sayings: list[Saying], end: datetime) -> None:
        holds = standing(sayings)
        if holds and holds.decision == Decision.GRANTED and holds.effective_at <= end:
            sayings.append(Saying(Decision.EXPIRED, end))

    def may(self, who: str, purpose: str, now: datetime) -> bool:
        holds = standing(self.said[who, purpose])
        counts = bool(holds) and holds.decision == Decision.GRANTED and not (holds.ends and holds.ends <= now)
        return counts and (purpose not in WHOLES or self.may(who, WHOLES[purpose], now))
