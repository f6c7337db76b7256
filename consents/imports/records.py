"""A file as records: one tuple of texts in the order of COLUMNS for each, whatever the format. Nothing is kept."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from operator import itemgetter
from typing import IO, Any

from django.utils.translation import gettext as _

from accounts.calls.refusals import Refusal
from consents.imports.models import Fault

COLUMNS = ("subject", "address", "purpose", "decision", "said_at", "text_sha256", "language", "version")
REQUIRED = ("purpose", "decision", "said_at")
# A record takes some 200 bytes; this bounds what a file without line feeds takes of our memory.
LONGEST_LINE = 64 * 1024

type Record = tuple[str, ...]
# The number of the line on which it begins, and the record or what is wrong with the line.
type Numbered = tuple[int, Record | Fault]

FORMATS: dict[str, Callable[[IO[bytes]], Iterator[Numbered]]] = {}


class Broken(Exception):
    """A line that can not be read."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault)


def records(file: IO[bytes], form: str) -> Iterator[Numbered]:
    """Raises Refusal where the whole file can not be read."""
    return FORMATS[form](file)


def _lines(file: IO[bytes]) -> Iterator[str]:
    for line in iter(partial(file.readline, LONGEST_LINE), b""):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise Refusal(_("The file has lines that are longer than a record can be."), code="too-long", field="file")
        try:
            yield line.decode()
        except UnicodeDecodeError:
            # The mark by which the record is known to be broken; it stands in no column that we accept.
            yield line.decode("utf-8", "replace")


def _csv(file: IO[bytes]) -> Iterator[Numbered]:
    reader = csv.reader(_lines(file), strict=True)
    in_order = _in_order(reader)
    began = reader.line_num + 1
    while True:
        try:
            for row in reader:
                if row:
                    yield began, in_order(row)
                began = reader.line_num + 1
        except csv.Error:
            yield began, Fault.NOT_A_RECORD
            began = reader.line_num + 1
        else:
            return


def _in_order(reader: Any) -> Callable[[list[str]], Record | Fault]:
    """How a row becomes a record, by the names in the first line."""
    try:
        names = [name.strip() for name in next(reader, [])]
    except csv.Error:
        names = []
    if names:
        names[0] = names[0].removeprefix("\ufeff")
    _check_names(names)
    width = len(names)
    # Columns that the file has not are read from the end, where an empty text is added.
    pick = itemgetter(*[names.index(name) if name in names else width for name in COLUMNS])

    def record(row: list[str]) -> Record | Fault:
        if len(row) != width:
            return Fault.NOT_A_RECORD
        row.append("")
        return pick(row)

    return record


def _check_names(names: list[str]) -> None:
    if any(name not in COLUMNS for name in names) or len(set(names)) < len(names):
        words = _("The first line names other columns than %(columns)s, or one of them twice.")
        raise Refusal(words % {"columns": ", ".join(COLUMNS)}, code="unknown-columns", field="file")
    missing = [name for name in REQUIRED if name not in names]
    if missing or not {"subject", "address"} & set(names):
        words = _("The first line must name the columns subject or address, %(columns)s.")
        raise Refusal(words % {"columns": ", ".join(REQUIRED)}, code="missing-columns", field="file")


def _json_lines(file: IO[bytes]) -> Iterator[Numbered]:
    decode = json.JSONDecoder(object_pairs_hook=_record, parse_constant=_no_constant).decode
    for number, line in enumerate(_lines(file), 1):
        text = line.removeprefix("\ufeff").strip() if number == 1 else line.strip()
        if not text:
            continue
        try:
            record = decode(text)
        except Broken as broken:
            yield number, broken.fault
        except (ValueError, RecursionError):
            yield number, Fault.NOT_A_RECORD
        else:
            yield number, record if isinstance(record, tuple) else Fault.NOT_A_RECORD


def _record(pairs: Iterable[tuple[str, Any]]) -> Record:
    """Every object, also one inside another, which then is no text."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found or name not in COLUMNS:
            raise Broken(Fault.NOT_A_RECORD)
        if name == "version" and type(value) is int:
            value = str(value)
        found[name] = "" if value is None else value
        if not isinstance(found[name], str):
            raise Broken(Fault.NOT_A_RECORD)
    return tuple(found.get(name, "") for name in COLUMNS)


def _no_constant(_name: str) -> Any:
    raise Broken(Fault.NOT_A_RECORD)


FORMATS |= {"csv": _csv, "jsonl": _json_lines}
