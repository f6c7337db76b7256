"""A manifest beside the database as it is: what the one forgets and what the other no longer has."""

from collections.abc import Collection, Iterator, Mapping

from django.utils.translation import gettext as _

from dsar.datamap.manifest import Manifest, Table


def differences(manifest: Manifest, live: Mapping[str, Collection[str]]) -> list[str]:
    """In words for the operator; none where every column was classified by somebody. `live`: columns by table."""
    described = {table.name: table for table in manifest.tables}
    found: list[str] = []
    for name, table in described.items():
        found += (
            _columns(table, live[name]) if name in live else [_("%(table)s: there is no such table.") % {"table": name}]
        )
    for name in sorted(live.keys() - described.keys() - set(manifest.ignored)):
        words = _("%(table)s: nobody classified this table. Describe it, or name it in without_personal_data.")
        found.append(words % {"table": name})
    for name in sorted(set(manifest.ignored) - live.keys()):
        found.append(_("%(table)s: named in without_personal_data, but there is no such table.") % {"table": name})
    return found


def _columns(table: Table, live: Collection[str]) -> Iterator[str]:
    fields = {field.name: field for field in table.fields}
    for name in fields.keys() - set(live):
        yield _("%(table)s.%(column)s: there is no such column.") % {"table": table.name, "column": name}
    for name in live:
        field = fields.get(name)
        if field is None or not (field.categories or field.withheld):
            yield _("%(table)s.%(column)s: nobody classified this column.") % {"table": table.name, "column": name}
