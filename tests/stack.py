"""The product running for real: web, worker, beat and mail sink as processes, on databases of their own.

A test asks for the fixture `stack` and talks to it as the world does: HTTP at `stack.base_url`, mails by
`stack.mails_to(address)`. `stack.kill_worker()` is SIGKILL, `stack.start_worker()` brings it back, and
`stack.delay_mail(2)` makes the mail server slow enough to kill somebody in the middle. `stack.manage("check")` runs a
command on its database, whose address is `stack.env["DATABASE_URL"]`; with the setting DEMO the demo is in it.

Such tests share one stack and run one after another, in the one worker that the mark `xdist_group("stack")` gives them
(set here), so each makes people of its own. The fixture `stack_settings` gives settings, such as {"ERASURE_GRACE":
"PT2S"}.
"""

import os
from collections.abc import Generator, Iterator

import pytest

from privacycenter.servers.stack import Stack
from privacycenter.servers.valkey import DATABASES, numbered

__all__ = ["Stack"]


@pytest.fixture(scope="session")
def stack_settings() -> dict[str, str]:
    return {}


@pytest.fixture(scope="session")
def stack(stack_settings: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    servers = os.environ | {
        "CACHE_URL": numbered(os.environ["CACHE_URL"], DATABASES - 1),
        "CELERY_BROKER_URL": numbered(os.environ["CELERY_BROKER_URL"], DATABASES - 2),
    }
    stack = Stack(tmp_path_factory.mktemp("stack"), servers, stack_settings, name=f"stack_{worker}")
    try:
        stack.start()
        if stack.env.get("DEMO") == "1":
            stack.manage("load_demo")
        yield stack
    finally:
        stack.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure shows what the processes said."""
    report = yield
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and isinstance(stack, Stack):
        report.sections.append(("the stack", stack.tails()))
    return report
