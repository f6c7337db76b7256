"""Files with choices from elsewhere, for tests."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.catalogue.models import PurposeText
from consents.imports.bring_in import bring_in
from consents.imports.meanings import Terms
from consents.imports.models import Import

SAID_AT = "2024-03-01T10:00:00Z"


def words_of(slug: str, language: str = "en") -> str:
    return PurposeText.objects.get(purpose__slug=slug, language=language).sha256


def line(who: User | Subject | str, purpose: str = "ads", decision: str = "granted", **more: str) -> dict[str, str]:
    """A good one, but for what is said otherwise."""
    name = {"address": who} if isinstance(who, str) else {"subject": str(getattr(who, "subject", who).pk)}
    words = {"text_sha256": words_of(purpose)} if decision == "granted" else {}
    return name | {"purpose": purpose, "decision": decision, "said_at": SAID_AT} | words | more


def as_csv(*lines: Mapping[str, str]) -> bytes:
    names = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def as_json_lines(*lines: Mapping[str, Any]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


@contextmanager
def file_of(data: bytes) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "old-system.csv"
        path.write_bytes(data)
        yield path


def take(*lines: Mapping[str, str], terms: Terms | None = None, **options: Any) -> Import:
    return take_bytes(as_csv(*lines), terms=terms, **options)


def take_bytes(data: bytes, form: str = "csv", terms: Terms | None = None, **options: Any) -> Import:
    with file_of(data) as path:
        return bring_in(path, form, terms or Terms(), **options)


def faults(source: Import) -> list[tuple[int, str, str]]:
    return list(source.problems.values_list("number", "field", "fault"))
