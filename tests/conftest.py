import pytest

pytest_plugins = ["tests.browser", "tests.people", "tests.shop"]


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Rate limits live in the cache and would leak from test to test."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def stack_settings() -> dict[str, str]:
    """The running stack is the demo, with a time to think it over and a lease that a test can wait for."""
    return {"DEMO": "1", "ERASURE_GRACE": "PT8S", "LEASE": "PT3S"}
