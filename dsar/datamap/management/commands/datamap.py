from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from consents.catalogue.models import DataCategory, Purpose
from dsar.datamap.systems import SourceUnavailable, System, systems


class Command(BaseCommand):
    help = "Compare what is declared about personal data with what is really there."

    def add_arguments(self, parser: ArgumentParser) -> None:
        deeds = parser.add_subparsers(dest="deed", required=True, metavar="check")
        deeds.add_parser("check", help="List what nobody classified and what is gone, system by system.")

    def handle(self, *args: Any, **options: Any) -> None:
        found = [line for system in systems() for line in [*_differences(system), *_unknown_slugs(system)]]
        for line in found:
            self.stdout.write(line)
        if found:
            raise CommandError(_("%(count)d differences.") % {"count": len(found)})
        self.stdout.write(_("Every table and column is classified."))


def _differences(system: System) -> Iterator[str]:
    try:
        yield from (f"{system.key}: {difference}" for difference in system.differences())
    except SourceUnavailable as unavailable:
        yield _("%(key)s: does not answer (%(code)s).") % {"key": system.key, "code": unavailable.code}


def _unknown_slugs(system: System) -> Iterator[str]:
    categories = set(DataCategory.objects.values_list("slug", flat=True))
    purposes = set(Purpose.objects.values_list("slug", flat=True))
    for collection in system.collections():
        for slug in sorted({collection.category} - categories):
            yield _("%(key)s: %(name)s: the catalogue has no category %(slug)s.") % {
                "key": system.key,
                "name": collection.name,
                "slug": slug,
            }
        for slug in sorted(set(collection.why) - purposes):
            yield _("%(key)s: %(name)s: the catalogue has no purpose %(slug)s.") % {
                "key": system.key,
                "name": collection.name,
                "slug": slug,
            }
