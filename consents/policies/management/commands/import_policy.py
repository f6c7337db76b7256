from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.calls.refusals import Refusal
from consents.policies.draft import draft_from_file


class Command(BaseCommand):
    help = "Make a draft version of a policy from a plain text file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--document", required=True, metavar="SLUG", help="such as privacy; made if there is none")
        parser.add_argument(
            "--language", default=settings.LANGUAGE_CODE, choices=[code for code, _name in settings.LANGUAGES]
        )
        parser.add_argument("--number", default="", help="such as 2.0; without it the newest draft, or the next number")
        parser.add_argument("--title", default="", help="instead of the one that the text begins with")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            data = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        try:
            text = draft_from_file(
                data,
                document=options["document"],
                language=options["language"],
                number=options["number"],
                title=options["title"],
            )
        except Refusal as refusal:
            raise CommandError(f"{refusal.field or options['file']}: {refusal.message}") from refusal
        self.stdout.write(
            _("Draft %(version)s, %(language)s: “%(title)s”. Read it in the staff area, then publish it there.")
            % {"version": text.version, "language": text.language, "title": text.title}
        )
