"""Reads the Maildir of the demo's mail sink. Only the demo has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

# A demo that ran for weeks has thousands; the newest are what somebody looks for.
SHOWN = 100


@dataclass(frozen=True)
class Letter:
    key: str
    arrived: datetime
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def recipient(self) -> str:
        return str(self.message["X-RcptTo"] or self.message["To"] or "")

    def part(self, kind: str) -> str:
        """The text of the "plain" or "html" part, empty when there is none."""
        found = self.message.get_body((kind,))
        return str(found.get_content()) if isinstance(found, EmailMessage) else ""


def letters(maildir: Path) -> list[Letter]:
    """The newest first."""
    paths = [path for path in (maildir / "new").glob("*") if path.is_file()]
    paths.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    return [_read(path) for path in paths[:SHOWN]]


def letter(maildir: Path, key: str) -> Letter | None:
    # The key is compared, never made part of a path: no address can lead out of the Maildir.
    path = next((path for path in (maildir / "new").glob("*") if path.name == key), None)
    return _read(path) if path else None


def _read(path: Path) -> Letter:
    message = BytesParser(policy=default).parsebytes(path.read_bytes())
    assert isinstance(message, EmailMessage)
    return Letter(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC), message)
