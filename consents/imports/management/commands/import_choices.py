from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.calls.refusals import Refusal
from consents.imports.bring_in import bring_in
from consents.imports.meanings import Terms
from consents.imports.models import Import
from consents.imports.records import COLUMNS, FORMATS


def words(text: str) -> tuple[str, str]:
    slug, _equals, sha256 = text.partition("=")
    if len(sha256) != 64:
        raise ArgumentTypeError("is a purpose and the hash of its words: SLUG=SHA256")
    return slug, sha256


class Command(BaseCommand):
    help = (
        "Take over choices that were recorded elsewhere, from a file with the columns "
        f"{', '.join(COLUMNS)}. The whole file or nothing; what was interrupted goes on when called again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=FORMATS, help="without it what the name of the file ends with")
        parser.add_argument("--dry-run", action="store_true", help="do everything, keep nothing but the report")
        parser.add_argument("--except-bad-lines", action="store_true", help="take over the good lines of a file")
        parser.add_argument(
            "--words",
            type=words,
            action="append",
            default=[],
            metavar="SLUG=SHA256",
            help="the words that were shown for this purpose, where a line names none; once for each purpose",
        )
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, help="of the words, where a line names none")
        parser.add_argument("--jurisdiction", default=settings.JURISDICTION, help="of people who are new here")
        parser.add_argument("--connections", type=int, default=2, choices=range(1, 17), metavar="NUMBER")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        form = options["format"] or file.suffix.removeprefix(".")
        if form not in FORMATS:
            raise CommandError(f"{file}: --format is one of {', '.join(FORMATS)}.")
        terms = Terms(dict(options["words"]), options["language"], options["jurisdiction"])
        try:
            source = bring_in(
                file,
                form,
                terms,
                rehearse=options["dry_run"],
                except_bad=options["except_bad_lines"],
                connections=options["connections"],
            )
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        except Refusal as refusal:
            raise CommandError(f"{file}: {refusal.message}") from refusal
        self._tell(source)

    def _tell(self, source: Import) -> None:
        for problem in source.problems.iterator():
            where = _("line %(number)d") % {"number": problem.number}
            self.stdout.write(f"{': '.join(filter(None, [where, problem.field]))}: {problem.get_fault_display()}")
        good = source.lines - source.bad
        match source.state:
            case Import.State.REFUSED:
                count = ngettext("%(count)d bad line of %(lines)d.", "%(count)d bad lines of %(lines)d.", source.bad)
                raise CommandError(
                    count % {"count": source.bad, "lines": source.lines} + " " + _("Nothing was imported.")
                )
            case Import.State.REHEARSED:
                said = _("Would be recorded: %(count)d. Guests who would be new: %(guests)d. Nothing was kept.")
            case _:
                good, said = source.recorded, _("Choices recorded: %(count)d. New guests: %(guests)d.")
        self.stdout.write(said % {"count": good, "guests": source.guests})
