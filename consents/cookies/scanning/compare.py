"""What was met, held against what the inventory says may be there."""

from collections.abc import Collection, Iterable, Sequence

from consents.cookies.models import Party, Storage, Tracker
from consents.cookies.scan_models import Finding, Kind, Owner, Phase, Verdict
from consents.cookies.scanning.addresses import is_of_one, is_ours
from consents.cookies.scanning.sights import Sight, Sights, Thing

ORDER = {verdict: number for number, verdict in enumerate(Verdict)}
KINDS = {kind: number for number, kind in enumerate(Kind)}


def compare(sights: Sights, trackers: Collection[Tracker], ours: Iterable[str]) -> list[Finding]:
    """The worst first. `trackers` with their purposes; `ours` are the hosts of the site.

    Among the sights are only requests that left the organisation.
    """
    ours = set(ours)
    found = [
        _kept(thing, sight, trackers, ours) for thing, sight in sights.things.items() if thing.kind != Kind.REQUEST
    ]
    senders = [(each.host, each.tracker) for each in found if each.tracker and each.party == Owner.THIRD]
    found += [
        _asked(thing, sight, senders, trackers) for thing, sight in sights.things.items() if thing.kind == Kind.REQUEST
    ]
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


def asked_as(host: str, trackers: Iterable[Tracker], senders: Iterable[tuple[str, Tracker]] = ()) -> Tracker | None:
    """The entry that says that somebody is asked: by the host, else as the company that keeps something.

    Whoever declared what a company keeps declared that it is asked; when that may be follows from what it is for.
    `senders`: what companies were seen to keep, by their host.
    """
    trackers = [tracker for tracker in trackers if tracker.party == Party.THIRD]
    named = [each for each in trackers if each.storage == Storage.REQUEST and f".{host}".endswith(f".{each.name}")]
    if named:
        return max(named, key=lambda each: len(each.name))
    theirs = [tracker for sender, tracker in senders if is_of_one(sender, host)]
    theirs += [each for each in trackers if is_of_one(each.provider.strip().lower(), host)]
    return max(theirs, key=needs_no_yes, default=None)


def needs_no_yes(tracker: Tracker) -> bool:
    return tracker.purpose.essential or tracker.legal_exception != ""


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


def _asked(
    thing: Thing, sight: Sight, senders: Sequence[tuple[str, Tracker]], trackers: Collection[Tracker]
) -> Finding:
    """To be asked is to be told who was there: without a yes only those are who were declared."""
    tracker = asked_as(thing.host, trackers, senders)
    if tracker is None:
        verdict = Verdict.NOTED if sight.phase is Phase.ACCEPTED else Verdict.UNDECLARED
    else:
        verdict = Verdict.DECLARED if needs_no_yes(tracker) else judged(sight.phase, tracker)
    return _finding(thing, sight, Owner.THIRD, verdict, tracker)


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
