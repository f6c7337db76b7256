"""What an erasure would do, shown before it is asked for. It is the real erasure, rolled back."""

from dataclasses import dataclass, field, replace

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.subjects.models import Subject
from dsar.datamap.declarations import Ground
from dsar.datamap.systems import Action, Collection, Identities, Outcome, SourceUnavailable, System, systems


@dataclass(frozen=True)
class Going:
    system: str
    title: str
    action: str
    rows: int
    detail: str


@dataclass(frozen=True)
class Staying:
    system: str
    title: str
    rows: int
    why: str
    law: str
    until: str


@dataclass
class Rehearsal:
    going: list[Going] = field(default_factory=list)
    staying: list[Staying] = field(default_factory=list)
    # Names of systems that do not answer now. They are erased from when they do.
    unreachable: list[str] = field(default_factory=list)


def rehearse(subject: Subject) -> Rehearsal:
    """What goes and what stays, of what is really there."""
    who, rehearsal = Identities.of(subject), Rehearsal()
    for system in systems():
        try:
            outcomes = system.counts(who)
        except SourceUnavailable:
            rehearsal.unreachable.append(str(system.name))
            continue
        _sort(rehearsal, system, outcomes)
    return rehearsal


def together(staying: list[Staying]) -> list[Staying]:
    """What stays for the same reason and as long, as one, so that a page says each reason once."""
    reasons: dict[tuple[str, str, str], list[Staying]] = {}
    for each in staying:
        reasons.setdefault((each.why, each.law, each.until), []).append(each)
    return [replace(same[0], title=" · ".join(each.title for each in same)) for same in reasons.values()]


def _sort(rehearsal: Rehearsal, system: System, outcomes: list[Outcome]) -> None:
    collections = {collection.name: collection for collection in system.collections()}
    for outcome in outcomes:
        if not outcome.rows:
            continue
        collection = collections[outcome.collection]
        if outcome.action == Action.KEEP:
            rehearsal.staying.append(_staying(system, collection, outcome))
        else:
            rehearsal.going.append(_going(system, collection, outcome))


def _going(system: System, collection: Collection, outcome: Outcome) -> Going:
    entries = ngettext("%(rows)d entry", "%(rows)d entries", outcome.rows) % {"rows": outcome.rows}
    parts = [str(system.name), entries]
    if outcome.action == Action.ANONYMISE:
        parts.append(_("stays without you in it"))
    return Going(system.key, str(collection.title), str(outcome.action), outcome.rows, " · ".join(parts))


def _staying(system: System, collection: Collection, outcome: Outcome) -> Staying:
    why = str(collection.erasure.why)
    if not why and outcome.ground:
        why = _("Kept for %(ground)s.") % {"ground": Ground(outcome.ground).label}
    until = date_format(outcome.until) if outcome.until else ""
    return Staying(system.key, str(collection.title), outcome.rows, why, outcome.law or "", until)
