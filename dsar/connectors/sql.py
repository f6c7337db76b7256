"""A PostgreSQL database that a manifest describes, as one of the systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.reflection import ObjectKind

from dsar.connectors.engines import Database
from dsar.connectors.patience import Patience
from dsar.connectors.statements import Counts, Statements, identities
from dsar.datamap.compare import differences
from dsar.datamap.manifest import Manifest
from dsar.datamap.plain import Row, plain
from dsar.datamap.systems import Collection, Identities, Outcome

# Rows fetched at a time.
BATCH = 1000
# Somebody is looking at a page.
PAGE_SECONDS = 3
# A server ends its own statements; only one that says nothing at all is hung up on, this much later.
GRACE_SECONDS = 2


class SqlSystem:
    def __init__(self, manifest: Manifest, url: str) -> None:
        self.manifest = manifest
        self.database = Database(manifest.key, url, manifest.patience)
        self.statements = Statements(manifest)

    @property
    def key(self) -> str:
        return self.manifest.key

    @property
    def name(self) -> str:
        return str(self.manifest.title)

    def collections(self) -> Sequence[Collection]:
        return [table.described() for table in self.manifest.tables]

    def held(self, who: Identities) -> dict[str, int]:
        with self.database.connected(Patience(PAGE_SECONDS), readonly=True) as connection:
            return _numbers(connection, self.statements.held, who)

    def rows(self, who: Identities, collection: str) -> Iterator[Row]:
        statement = self.statements.copies.get(collection)
        if statement is None:
            return
        patience = self._patience()
        with self.database.connected(patience, readonly=True) as connection:
            streaming = connection.execution_options(stream_results=True, max_row_buffer=BATCH)
            with streaming.execute(statement, identities(who)) as result:
                for batch in result.mappings().partitions(BATCH):
                    with patience.paused():
                        for row in batch:
                            yield {name: plain(value) for name, value in row.items()}

    def counts(self, who: Identities) -> list[Outcome]:
        return self._erase(who, commit=False)

    def erase(self, who: Identities) -> list[Outcome]:
        return self._erase(who, commit=True)

    def remaining(self, who: Identities) -> dict[str, int]:
        with self.database.connected(self._patience(), readonly=True) as connection:
            found = _numbers(connection, self.statements.remaining, who)
        return {collection: rows for collection, rows in found.items() if rows}

    def differences(self) -> list[str]:
        with self.database.connected(self._patience(), readonly=True) as connection:
            found = inspect(connection).get_multi_columns(kind=ObjectKind.TABLE)
        return differences(
            self.manifest, {key[1]: [each["name"] for each in columns] for key, columns in found.items()}
        )

    def _erase(self, who: Identities, *, commit: bool) -> list[Outcome]:
        with self.database.connected(self._patience(), readonly=False) as connection:
            numbers = _numbers(connection, self.statements.erase, who)
            # Foreign keys that wait for the commit are looked at now, so that a rehearsal meets them too.
            connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            if commit:
                connection.commit()
        return [Outcome.of(table.name, table.ending, numbers[table.name]) for table in self.manifest.tables]

    def _patience(self) -> Patience:
        return Patience(self.manifest.patience + GRACE_SECONDS)


def _numbers(connection: Connection, counts: Counts | None, who: Identities) -> dict[str, int]:
    return {} if counts is None else {row[0]: row[1] for row in connection.execute(counts, identities(who))}
