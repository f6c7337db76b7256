from argparse import ArgumentParser
from contextlib import nullcontext
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from consents.catalogue.load import load, rehearsal
from consents.catalogue.told import told_of
from consents.catalogue.versions import Raised
from consents.catalogue.yaml_file import CatalogueRefused


class Command(BaseCommand):
    help = "Make the catalogue what a YAML file says. Running it again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Tell what would change, and change nothing.")

    def handle(self, *args: object, file: Path, dry_run: bool, **options: object) -> None:
        try:
            data = file.read_bytes()
            with rehearsal() if dry_run else nullcontext():
                report = load(data)
        except OSError as error:
            raise CommandError(f"{file} can not be read: {error.strerror}.") from error
        except CatalogueRefused as refusal:
            raise CommandError(f"{file} was not loaded, nothing changed.\n{refusal.message}") from refusal
        for what in ("created", "changed", "retired"):
            for entry in getattr(report, what):
                self.stdout.write(f"{what} {entry}")
        told = told_of({raised.slug: raised.changes for raised in report.raised})
        for raised in report.raised:
            self.stdout.write(_told(raised, told[raised.slug]))
        self.stdout.write(
            f"{len(report.created)} created, {len(report.changed)} changed, "
            f"{len(report.unchanged)} unchanged, {len(report.retired)} retired."
        )


def _told(raised: Raised, changed: list[str]) -> str:
    why = " ".join(changed) or "Its use is said to be another."
    who = f"Asks {raised.effect.asked} people again." if raised.asks else "Asks nobody again."
    return f"version {raised.number} of purposes/{raised.slug}: {why} {who}"
