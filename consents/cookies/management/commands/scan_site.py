from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.calls.refusals import Refusal
from consents.cookies.scan_models import State
from consents.cookies.scanning.ask import ask
from consents.cookies.scanning.report import lines, summary
from consents.cookies.scanning.run import run

# Told apart, so that a pipeline knows whether the site is at fault or nothing was seen of it.
FOUND, NOT_SCANNED = 1, 2


class Command(BaseCommand):
    help = (
        "Walk through one of our sites with a browser: before consent, after a refusal and after acceptance. Tells "
        f"what was kept and asked for, against the inventory. Exit status {FOUND}: something is not declared or does "
        f"not wait for consent; {NOT_SCANNED}: the site could not be scanned."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="URL", help="of a page on an origin that is registered for a site")
        parser.add_argument("--depth", type=int, metavar="N", help="how many links away from the first page; 2")
        parser.add_argument("--pages", type=int, metavar="N", help="at the most, for each of the three walks; 10")

    def handle(self, *args: Any, address: str, **options: Any) -> None:
        try:
            scan = run(ask(address, depth=options["depth"], pages=options["pages"]).pk)
        except Refusal as refusal:
            raise CommandError(f"{address}: {refusal.message}", returncode=NOT_SCANNED) from refusal
        if scan is None:
            raise CommandError(f"{address}: a worker took over this scan.", returncode=NOT_SCANNED)
        if scan.state == State.FAILED:
            raise CommandError(f"{address}: {scan.get_fault_display()}", returncode=NOT_SCANNED)
        for line in lines(scan):
            self.stdout.write(line)
        if scan.findings.faulty().exists():
            raise CommandError(summary(scan), returncode=FOUND)
        self.stdout.write(f"\n{summary(scan)}")
