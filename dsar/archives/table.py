"""Rows as CSV for spreadsheets: a convenience copy beside the JSON, which stays as it is."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

# What makes a spreadsheet take a cell for a formula, at the start of the cell or where a careless reader would start a
# new one: behind a separator, a quote or a line break. The wide forms are read as the narrow ones by some.
FORMULA = re.compile(r"""(^|[,;|"'\t\r\n])([ \u00a0\u3000]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20\t\r])""")


class _Line:
    """csv writes to it; the line is taken from it."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text = text
        return len(text)


def csv_lines(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    line = _Line()
    writer = csv.writer(line, quoting=csv.QUOTE_ALL)
    writer.writerow([neutral(column) for column in columns])
    # The mark tells spreadsheets that it is UTF-8.
    yield b"\xef\xbb\xbf" + line.text.encode()
    for row in rows:
        writer.writerow([_cell(row.get(column)) for column in columns])
        yield line.text.encode("utf-8", "replace")


def neutral(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet would run as a formula."""
    return FORMULA.sub(r"\1\2'", text)


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    return neutral(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
