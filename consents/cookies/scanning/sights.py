"""What was met on a walk: names and places, never what is kept there."""

from collections import Counter
from dataclasses import dataclass, field

from consents.cookies.scan_models import Kind, Phase

# Of each kind: a site that makes up names by the thousand fills neither memory nor the report.
MOST = 300
LONGEST_NAME, LONGEST_PAGE, LONGEST_HOST = 200, 500, 255


@dataclass(frozen=True)
class Thing:
    kind: Kind
    # Of a request its path.
    name: str
    host: str


@dataclass(frozen=True)
class Sight:
    """Where and when it was first met."""

    phase: Phase
    page: str
    lifetime: str = ""


@dataclass
class Sights:
    things: dict[Thing, Sight] = field(default_factory=dict)
    pages: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    kept_out: set[str] = field(default_factory=set)
    # Whether there was a button to press; a phase that was not reached is missing.
    pressed: dict[Phase, bool] = field(default_factory=dict)
    out_of_time: bool = False
    overflowed: bool = False
    _counts: Counter[Kind] = field(default_factory=Counter)

    def add(self, kind: Kind, name: str, host: str, sight: Sight) -> None:
        thing = Thing(kind, plain(name, LONGEST_NAME), plain(host, LONGEST_HOST))
        known = self.things.get(thing)
        if known is None:
            if self._counts[kind] >= MOST:
                self.overflowed = True
                return
            self._counts[kind] += 1
        if known is None or sight.phase.rank < known.phase.rank:
            self.things[thing] = sight


def plain(text: str, longest: int) -> str:
    """As the database can keep it: scripts name things by whatever a string can hold."""
    seen = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return seen if len(seen) <= longest else seen[: longest - 1] + "…"


def as_duration(seconds: float) -> str:
    """ISO 8601, as the inventory says lifetimes. Rounded, as some seconds went by since it was set."""
    days, hours, minutes = (round(seconds / size) for size in (86_400, 3600, 60))
    if hours >= 48 or hours == 24:
        return f"P{days // 365}Y" if days % 365 == 0 else f"P{min(days, 9999)}D"
    if minutes >= 120 or minutes == 60:
        return f"PT{hours}H"
    return f"PT{max(minutes, 1)}M"
