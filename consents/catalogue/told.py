"""Changes of meaning in words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from consents.catalogue.durations import in_words
from consents.catalogue.entries import Entry
from consents.catalogue.kinds import Channel, LegalBasis
from consents.catalogue.meaning import Change, changes
from consents.catalogue.models import DataCategory, Purpose, PurposeVersion, Recipient, Retention, Service

NAMED: Mapping[str, type[Entry]] = {
    "categories": DataCategory,
    "recipients": Recipient,
    "retention": Retention,
    "service": Service,
    "parent": Purpose,
}


class Step(NamedTuple):
    """A version and how it differs from the one before."""

    version: PurposeVersion
    changes: list[Change]


def steps(versions: Iterable[PurposeVersion]) -> list[Step]:
    """Of one purpose, in the order of their numbers; the first has nothing to differ from."""
    return [Step(after, changes(before.meaning, after.meaning)) for before, after in pairwise(versions)]


# By what changes and its slug.
type Names = Mapping[tuple[str, str], str]


def sentences(found: Iterable[Change]) -> list[str]:
    """One for each thing added or gone, in the reader's language."""
    return told_of({None: found})[None]


def told_of[Key](found: Mapping[Key, Iterable[Change]]) -> dict[Key, list[str]]:
    """The same for many at once: the names are fetched once for all."""
    known = {key: list(changed) for key, changed in found.items()}
    names = names_of(change for changed in known.values() for change in changed)
    return {
        key: [sentence for change in changed for sentence in _of_change(change, names)]
        for key, changed in known.items()
    }


def names_of(found: Iterable[Change]) -> Names:
    """What the entries in the changes are called today, also those retired since."""
    slugs: dict[str, set[str]] = defaultdict(set)
    for change in found:
        slugs[change.what] |= {*change.added, *change.removed}
    names = {}
    for what in NAMED.keys() & slugs.keys():
        entries: Any = NAMED[what]._default_manager.filter(slug__in=slugs[what])
        for entry in entries.with_texts():
            names[what, entry.slug] = entry.text.name
    return names


def _of_change(change: Change, names: Names) -> list[str]:
    added, removed = (
        ", ".join(_value(change.what, value, names) for value in values) for values in (change.added, change.removed)
    )
    match change.what:
        case "categories":
            both = _("New data: %(names)s."), _("No longer used: %(names)s.")
        case "recipients":
            both = _("New recipients: %(names)s."), _("No longer given to: %(names)s.")
        case _:
            return [_from_to(change.what, added or _("none"), removed or _("none"))]
    return [words % {"names": names_} for words, names_ in zip(both, (added, removed), strict=True) if names_]


def _from_to(what: str, after: str, before: str) -> str:
    labels = {
        "basis": _("Legal basis"),
        "channel": _("Channel"),
        "service": _("Service"),
        "parent": _("Part of"),
        "retention": _("Retention"),
        "kept": _("How long data is kept"),
        "validity": _("How long consent holds"),
        "validities": _("How long consent holds elsewhere"),
    }
    return _("%(what)s: %(after)s (until now: %(before)s).") % {
        "what": labels[what],
        "after": after,
        "before": before,
    }


def _value(what: str, value: str, names: Names) -> str:
    match what:
        case "basis":
            return str(LegalBasis(value).label)
        case "channel":
            return str(Channel(value).label)
        case "kept":
            period, _space, event = value.rpartition(" ")
            return Retention(period=period, counts_from=event).duration
        case "validity":
            return in_words(value) if value else _("until withdrawn")
        case "validities":
            place, _space, period = value.partition(" ")
            return f"{place}: {in_words(period)}"
    return names.get((what, value), value)
