import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.subjects import signing
from dsar.work.models import Certificate


class Command(BaseCommand):
    help = "Say whether a certificate of erasure is genuine, and what it certifies. Needs no database and no network."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--keys", type=Path, help="a saved /.well-known/privacy-center-keys.json; without it this deployment's key"
        )

    def handle(self, *args: Any, file: Path, keys: Path | None, **options: Any) -> None:
        try:
            known = json.loads(keys.read_bytes()) if keys else None
            content = json.loads(signing.verify(json.loads(file.read_bytes()), kind=Certificate.KIND, keys=known))
        except OSError as error:
            raise CommandError(f"{error.filename} can not be read: {error.strerror}") from error
        except (ValueError, signing.NotSigned) as error:
            raise CommandError(f"{file} is not a genuine certificate: {error}") from error
        self.stdout.write(json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True))
        self.stdout.write(self.style.SUCCESS(f"The certificate for {content['reference']} is genuine."))
