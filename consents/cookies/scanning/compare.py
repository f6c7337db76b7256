"""What was met, held against what the inventory says may be there."""

from collections.abc import Collection, Iterable, Sequence

from consents.cookies.models import Party, Tracker
from consents.cookies.scan_models import Finding, Kind, Owner, Phase, Verdict
from consents.cookies.scanning.addresses import is_of_one, is_ours
from consents.cookies.scanning.sights import Sight, Sights, Thing

ORDER = {verdict: number for number, verdict in enumerate(Verdict)}
KINDS = {kind: number for number, kind in enumerate(Kind)}


def compare(sights: Sights, trackers: Collection[Tracker], ours: Iterable[str]) -> list[Finding]:
    """The worst first. `trackers` with their purposes; `ours` are the hosts of the site."""
    ours = set(ours)
    found = [
        _kept(thing, sight, trackers, ours) for thing, sight in sights.things.items() if thing.kind != Kind.REQUEST
    ]
    senders = [(each.host, each.tracker) for each in found if each.tracker and each.party == Owner.THIRD]
    found += [_asked(thing, sight, senders) for thing, sight in sights.things.items() if thing.kind == Kind.REQUEST]
    found += _never_seen(trackers, found)
    return sorted(found, key=lambda each: (ORDER[Verdict(each.verdict)], KINDS[Kind(each.kind)], each.host, each.name))


def declared_as(kind: str, name: str, party: str, trackers: Iterable[Tracker]) -> Tracker | None:
    """The entry that says it best.

    What lies at another company's host is only found among what other companies set. What lies at ours may be declared
    either way: their scripts write there too.
    """
    fitting = [
        tracker
        for tracker in trackers
        if tracker.storage == kind and covers(tracker.name, name) and party in (Owner.FIRST, tracker.party)
    ]
    return max(fitting, key=lambda each: (each.name == name, len(each.name), each.party == party), default=None)


def covers(pattern: str, name: str) -> bool:
    """`*` at the end stands for any ending."""
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def judged(phase: Phase, tracker: Tracker) -> Verdict:
    """As the cookie page tells people: what a needed purpose keeps may always be there, the rest after a yes."""
    if tracker.purpose.essential or phase is Phase.ACCEPTED:
        return Verdict.DECLARED
    return Verdict.BEFORE if phase is Phase.BEFORE else Verdict.REFUSED


def _kept(thing: Thing, sight: Sight, trackers: Collection[Tracker], ours: set[str]) -> Finding:
    party = Owner.FIRST if is_ours(thing.host, ours) else Owner.THIRD
    tracker = declared_as(thing.kind, thing.name, party, trackers)
    verdict = judged(sight.phase, tracker) if tracker else Verdict.UNDECLARED
    return _finding(thing, sight, party, verdict, tracker)


def _asked(thing: Thing, sight: Sight, senders: Sequence[tuple[str, Tracker]]) -> Finding:
    """Whoever declared what a company keeps declared that it is asked; when that may be follows from what it is for."""
    theirs = [tracker for host, tracker in senders if is_of_one(host, thing.host)]
    if not theirs:
        return _finding(thing, sight, Owner.THIRD, Verdict.NOTED, None)
    tracker = next((each for each in theirs if each.purpose.essential), theirs[0])
    return _finding(thing, sight, Owner.THIRD, judged(sight.phase, tracker), tracker)


def _never_seen(trackers: Collection[Tracker], found: Iterable[Finding]) -> list[Finding]:
    seen = {each.tracker_id for each in found}
    return [
        Finding(
            kind=tracker.storage,
            name=tracker.name,
            party=Owner.THIRD if tracker.party == Party.THIRD else Owner.FIRST,
            verdict=Verdict.NEVER,
            tracker=tracker,
        )
        for tracker in trackers
        if tracker.pk not in seen
    ]


def _finding(thing: Thing, sight: Sight, party: Owner, verdict: Verdict, tracker: Tracker | None) -> Finding:
    return Finding(
        kind=thing.kind,
        name=thing.name,
        host=thing.host,
        party=party,
        phase=sight.phase,
        page=sight.page,
        lifetime=sight.lifetime,
        verdict=verdict,
        tracker=tracker,
    )
