import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from consents.choices.receipt_words import rows
from consents.choices.verify import Finding, Unreadable, examine


class Command(BaseCommand):
    help = "Say whether the receipts of a file are genuine, and what they say. Needs no database and no network."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="one receipt, or a list of them")
        parser.add_argument(
            "--keys", type=Path, help="a saved /.well-known/privacy-center-keys.json; without it this deployment's keys"
        )

    def handle(self, *args: Any, file: Path, keys: Path | None, **options: Any) -> None:
        try:
            findings = examine(file.read_bytes(), _known(keys) if keys else None)
        except OSError as error:
            raise CommandError(f"{error.filename} can not be read: {error.strerror}") from error
        except Unreadable as error:
            raise CommandError(f"{file}: {error.message}") from error
        for finding in findings:
            self._tell(finding)
        if forged := sum(not finding.genuine for finding in findings):
            raise CommandError(f"{forged} of {len(findings)} not genuine.")

    def _tell(self, finding: Finding) -> None:
        if finding.reason:
            self.stdout.write(self.style.ERROR(f"{finding.number or 'Without a number'}: not genuine."))
            self.stdout.write(f"  {finding.reason.value}")
            return
        self.stdout.write(self.style.SUCCESS(f"{finding.number}: genuine."))
        for row in rows(finding.document):
            self.stdout.write(f"  {row['term']}: {row['value']}")


def _known(keys: Path) -> dict[str, Any]:
    try:
        known = json.loads(keys.read_bytes())
    except ValueError as error:
        raise CommandError(f"{keys} is no file of keys: it is not JSON.") from error
    if not isinstance(known, dict) or not isinstance(known.get("keys"), list):
        raise CommandError(f"{keys} is no file of keys: it lists none.")
    return known
