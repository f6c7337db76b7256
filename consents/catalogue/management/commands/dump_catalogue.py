from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from consents.catalogue.dump import dump


class Command(BaseCommand):
    help = "Write the catalogue as the YAML file that load_catalogue would make it from."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="Left out: to standard output.")

    def handle(self, *args: object, file: Path | None, **options: object) -> None:
        if file is None:
            self.stdout.write(dump().decode(), ending="")
            return
        try:
            file.write_bytes(dump())
        except OSError as error:
            raise CommandError(f"{file} can not be written: {error.strerror}.") from error
