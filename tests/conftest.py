from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.people", "tests.shop"]


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Rate limits live in the cache and would leak from test to test."""
    from django.core.cache import cache

    cache.clear()
    yield


def pytest_configure() -> None:
    """Pages name static files plainly; collecting and compressing them is tried by the tests of the real stack."""
    from django.conf import settings

    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    # Slow hashes protect passwords, of which there are none here.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
