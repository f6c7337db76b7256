from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from consents.catalogue.load import load
from consents.catalogue.yaml_file import CatalogueRefused


class Command(BaseCommand):
    help = "Make the catalogue what a YAML file says. Running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: object, file: Path, **options: object) -> None:
        try:
            report = load(file.read_bytes())
        except OSError as error:
            raise CommandError(f"{file} can not be read: {error.strerror}.") from error
        except CatalogueRefused as refusal:
            raise CommandError(f"{file} was not loaded, nothing changed.\n{refusal.message}") from refusal
        for what in ("created", "changed", "retired"):
            for entry in getattr(report, what):
                self.stdout.write(f"{what} {entry}")
        self.stdout.write(
            f"{len(report.created)} created, {len(report.changed)} changed, "
            f"{len(report.unchanged)} unchanged, {len(report.retired)} retired."
        )
