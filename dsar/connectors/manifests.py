"""The systems of a deployment: the manifests in SYSTEMS_DIR, with the addresses that its settings give them."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from dsar.connectors.sql import SqlSystem
from dsar.datamap.read_manifest import read


def described() -> tuple[SqlSystem, ...]:
    """Raises ManifestRefused."""
    if settings.SYSTEMS_DIR is None:
        return ()
    return _systems(settings.SYSTEMS_DIR, tuple(settings.SYSTEM_URLS.items()))


@lru_cache(maxsize=4)
def _systems(directory: Path, urls: tuple[tuple[str, str], ...]) -> tuple[SqlSystem, ...]:
    """Once in each process: a new manifest takes effect when the deployment is started anew, as code does."""
    manifests = [manifest for path in sorted(directory.glob("*.yaml")) for manifest in read(path)]
    return tuple(SqlSystem(each, dict(urls).get(each.url_env, "")) for each in manifests)
