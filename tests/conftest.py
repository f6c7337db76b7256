import hypothesis
import pytest

# No test asserts on time: on a machine that does something else besides it would fail for nothing.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

pytest_plugins = [
    "tests.accounts.systems",
    "tests.browser",
    "tests.people",
    "tests.receiver",
    "tests.shop",
    "tests.websites",
    # Only after what they import.
    "tests.consents.scanned",
    "tests.consents.shops",
    "tests.consents.members",
]


@pytest.fixture(autouse=True)
def _nothing_leaks() -> None:
    """Rate limits live in a cache, and a page leaves its language behind: both would reach the next test."""
    from django.conf import settings
    from django.core.cache import caches
    from django.utils import translation

    for cache in caches.all(initialized_only=False):
        cache.clear()
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def stack_settings() -> dict[str, str]:
    """The running stack is the demo, with a time to think it over and a lease that a test can wait for, and without the
    limit that would slow down a test that looks again and again.
    """
    settings = {"DEMO": "1", "ERASURE_GRACE": "PT8S", "LEASE": "PT3S", "API_RATE": "1000000/min"}
    # Of the websites of tests no scan begins by itself.
    return settings | {"WEBHOOK_NETWORKS": "127.0.0.0/8", "SCAN_EVERY": ""}
