"""What goes into an archive."""

from collections.abc import Iterable
from dataclasses import dataclass

from dsar.datamap.plain import Row
from dsar.datamap.systems import Collection


@dataclass(frozen=True)
class Part:
    """A sealed file of rows, one JSON object per line."""

    path: str
    rows: int
    size: int


@dataclass(frozen=True)
class Gathered:
    """What came of one collection: its part, or the code of the error that kept it away."""

    system: str
    system_name: str
    name: str
    collection: Collection | None
    part: Part | None
    error: str = ""


@dataclass(frozen=True)
class Filed:
    """A collection as it lies in the archive."""

    system_name: str
    collection: Collection
    part: Part
    json_file: str
    csv_file: str
    first: Iterable[Row]
