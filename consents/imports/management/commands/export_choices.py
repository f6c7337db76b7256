from argparse import ArgumentParser, ArgumentTypeError
from contextlib import nullcontext
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import ngettext

from consents.catalogue.models import Purpose
from consents.imports.export import FORMATS, Wanted, export


def instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.min
    if found.tzinfo is None:
        raise ArgumentTypeError("is a time with its zone, such as 2026-01-01T00:00:00Z")
    return found


class Command(BaseCommand):
    help = "Write every choice that was recorded to a file, or to the standard output: for an audit, or another system."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="one that does not exist yet")
        parser.add_argument("--format", choices=FORMATS, help="without it what the name of the file ends with, or csv")
        parser.add_argument("--purpose", metavar="SLUG")
        parser.add_argument("--since", type=instant, metavar="TIME", help="received at that time or later")
        parser.add_argument("--until", type=instant, metavar="TIME", help="received before that time")

    def handle(self, *args: Any, file: Path | None, **options: Any) -> None:
        wanted = Wanted(options["purpose"], options["since"], options["until"])
        if wanted.purpose and not Purpose.objects.filter(slug=wanted.purpose).exists():
            raise CommandError(f"There is no purpose {wanted.purpose}.")
        form = options["format"] or (file.suffix.removeprefix(".") if file else "csv")
        if form not in FORMATS:
            raise CommandError(f"{file}: --format is one of {', '.join(FORMATS)}.")
        try:
            count = self._write(file, form, wanted)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        said = ngettext("%(count)d choice.", "%(count)d choices.", count) % {"count": count}
        if file:
            with file.open("rb") as written:
                said += f" SHA-256 {file_digest(written, 'sha256').hexdigest()}"
        self.stderr.write(said)

    def _write(self, file: Path | None, form: str, wanted: Wanted) -> int:
        # Never over another file: an export is evidence.
        opened = file.open("x", encoding="utf-8", newline="") if file else nullcontext(self.stdout)
        with opened as out:
            return export(cast(IO[str], out), form, wanted)
