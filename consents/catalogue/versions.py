"""Which version of a purpose a change makes, and whom it asks again."""

from typing import Any, NamedTuple

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from consents.catalogue import effects
from consents.catalogue.effects import Effect
from consents.catalogue.meaning import Change, changes, meaning_of
from consents.catalogue.models import Purpose, PurposeVersion
from consents.catalogue.sections import Row, Rows
from consents.catalogue.told import sentences


class Raised(NamedTuple):
    """A purpose gets another version, because of `changes`; none of them: because of what its words now say."""

    slug: str
    number: int
    asks: bool
    changes: list[Change]
    effect: Effect


def settle(rows: Rows, reason: str = "") -> list[Raised]:
    """Gives each purpose in the rows the version that its meaning needs, before anything else of it is written.

    Where a file says no version, a changed meaning makes the next one. Where it does, it must be right, so that nobody
    changes a meaning by accident or loads a file that is older than the catalogue. Raises CatalogueRefused.
    """
    version = PurposeVersion.objects.filter(purpose=OuterRef("pk"), number=OuterRef("version"))
    purposes = Purpose.objects.annotate(meant=Subquery(version.values("meaning")))
    standing: dict[str, Any] = {purpose.slug: purpose for purpose in purposes}
    raised = []
    for slug, row in rows["purposes"].items():
        if slug in standing:
            raised += _settle(standing[slug], row, rows)
        else:
            row.values["version"] = row.values["version"] or 1
            row.values["asks_since"] = row.values["asks_since"] or row.values["version"]
    if rows["purposes"]:
        next(iter(rows["purposes"].values())).place.faults.raise_any()
    for each in raised:
        values = rows["purposes"][each.slug].values
        # The triggers make the version, and fill it as its links are written.
        Purpose.objects.filter(slug=each.slug).update(version=each.number, asks_since=values["asks_since"])
        PurposeVersion.objects.filter(purpose__slug=each.slug, number=each.number).update(reason=reason)
    return raised


def _settle(purpose: Any, row: Row, rows: Rows) -> list[Raised]:
    found = changes(purpose.meant, meaning_of(row, rows), rows)
    version, asks_since = row.values["version"], row.values["asks_since"]
    if version is not None:
        _check(purpose, row, found)
    if asks_since is None or asks_since <= purpose.version:
        asks = any(change.asks for change in found) or (version is not None and asks_since is None)
        asks_since = None if asks else purpose.asks_since
    number = version or purpose.version + bool(found)
    if number == purpose.version:
        asks_since = purpose.asks_since
    row.values["version"], row.values["asks_since"] = number, asks_since or number
    if number == purpose.version:
        return []
    asks = row.values["asks_since"] > purpose.asks_since
    counts = asks and not row.values["essential"]
    effect = effects.of_asking(purpose.pk, row.values["asks_since"]) if counts else Effect()
    return [Raised(purpose.slug, number, asks, found, effect)]


def _check(purpose: Purpose, row: Row, found: list[Change]) -> None:
    version, asks_since = row.values["version"], row.values["asks_since"]
    numbers = {"version": purpose.version, "next": purpose.version + 1, "changes": " ".join(sentences(found))}
    if version < purpose.version:
        row.place.fault(_("The catalogue has version %(version)d already. Dump it and go on from there.") % numbers)
    elif version == purpose.version and found:
        row.place.fault(
            _("It no longer means what version %(version)d does (%(changes)s). Write “version: %(next)d”.") % numbers
        )
    elif version == purpose.version and asks_since not in (None, purpose.asks_since):
        row.place.fault(_("Only another version can ask again. Write “version: %(next)d”.") % numbers)
    elif asks_since is not None and asks_since <= purpose.version and any(change.asks for change in found):
        row.place.fault(_("It must ask again (%(changes)s). Leave “asks_since” out.") % numbers)
