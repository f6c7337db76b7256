"""A manifest that can not be read, or two for the same system, stop the deployment before it misses anybody's data."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from dsar.connectors.manifests import described
from dsar.datamap.read_manifest import ManifestRefused


def manifests_are_right(**_options: Any) -> list[CheckMessage]:
    if settings.SYSTEMS_DIR and not settings.SYSTEMS_DIR.is_dir():
        return [Error("SYSTEMS_DIR is no directory.", hint="Make it, or leave SYSTEMS_DIR empty.", id="datamap.E007")]
    try:
        systems = described()
    except ManifestRefused as refused:
        return [Error(str(refused), hint="Correct these lines of the manifest.", id="datamap.E007")]
    twice = [key for key, number in Counter(system.key for system in systems).items() if number > 1]
    missing = sorted({each.manifest.url_env for each in systems if not each.database.url})
    return [
        *(Error(f"Two manifests have the key {key}.", hint="Rename one.", id="datamap.E007") for key in twice),
        *(
            Error(f"{name} is not set.", hint="Give the address of the database.", id="datamap.E008")
            for name in missing
        ),
    ]
