"""The pytest plugin that gives a test run its own PostgreSQL, Valkey and mail sink, and no other network.

It starts them before pytest-django reads the settings, in the process that the run begins in; the workers of
pytest-xdist inherit their addresses, and each takes its own databases, key prefix, folder and mail sink. Servers that
the environment names already (DATABASE_URL, SHOP_DATABASE_URL, CELERY_BROKER_URL, CACHE_URL) are used instead.
"""

import atexit
import functools
import gc
import ipaddress
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from privacycenter.servers import chromium, keys
from privacycenter.servers.embedded import Embedded
from privacycenter.servers.mailsink import MailSink
from privacycenter.servers.stack import recreate_database, renamed
from privacycenter.servers.valkey import numbered

pytest_plugins = ["tests.stack", "tests.groups"]

FOLDER = "PRIVACY_CENTER_TEST_FOLDER"
# What would make the settings of a run depend on who runs it.
PERSONAL = ("DEMO", "DEBUG", "DATA_DIR", "MAIL_DIR", "SMTP_URL", "BASE_URL", "ALLOWED_HOSTS", "TRUSTED_PROXIES")

NO_BROWSER = "there is no Chromium"


class OutsideWorld(RuntimeError):
    """A test tried to reach another machine."""


# A wrapper, because pytest-django reads the settings in this very hook and asks to be first as well.
@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Iterator[None]:
    if FOLDER not in os.environ:
        start_servers()
    take_place(os.environ.get("PYTEST_XDIST_WORKER", "main"))
    block_network()
    return (yield)


def pytest_collection_finish() -> None:
    """What is here stays until the end: not to look through it again and again saves a part of the time."""
    gc.collect()
    gc.freeze()


def start_servers() -> None:
    folder = Path(tempfile.mkdtemp(prefix="pc-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in PERSONAL:
        os.environ.pop(name, None)
    servers = Embedded(folder, os.environ | {"SMTP_URL": "one for each worker"}, durable=False)
    atexit.register(servers.stop)
    servers.start()
    os.environ.update(
        servers.environment | keys.make_secrets() | {FOLDER: str(folder), "BASE_URL": "http://testserver"}
    )
    # Whoever runs the tests may be somebody whom the machine allows no namespaces.
    os.environ.setdefault("CHROMIUM_SANDBOX", "0")
    # Workers are told too late by pytest-xdist; this they read first.
    os.environ["PYTEST_PLUGINS"] = ",".join(filter(None, [os.environ.get("PYTEST_PLUGINS"), __name__]))


def take_place(worker: str) -> None:
    """What one process of the run has for itself; its Django database is pytest-django's care."""
    folder = Path(os.environ[FOLDER]) / worker
    sink = MailSink(folder / "mail", log=folder / "mail.log")
    # Whitenoise wants to see the folder, even an empty one.
    (folder / "static").mkdir(parents=True)
    sink.start()
    atexit.register(sink.stop)
    sink.wait()
    shop = renamed(os.environ["SHOP_DATABASE_URL"], f"test_shop_{worker}")
    recreate_database(shop)
    # Databases of Valkey of its own, as a test that clears its cache clears the whole database.
    number = 2 * int(worker.removeprefix("gw")) if worker != "main" else 0
    os.environ.update(
        CACHE_URL=numbered(os.environ["CACHE_URL"], number),
        CELERY_BROKER_URL=numbered(os.environ["CELERY_BROKER_URL"], number + 1),
        SHOP_DATABASE_URL=shop,
        SMTP_URL=sink.url,
        MAIL_DIR=str(sink.maildir),
        DATA_DIR=str(folder),
        CACHE_PREFIX=f"test-{worker}",
        # Most tests want to see at once what a change does.
        POLICY_NOTICE="PT0S",
    )


def block_network() -> None:
    """Sockets of this process reach this machine only; a test that needs another one is a test that fails elsewhere."""
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(arguments[-1][0]):
            self.close()  # whoever asked closes it for an OSError only
            raise OutsideWorld("Tests do not leave this machine.")
        return method(self, *arguments)

    return guarded


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs Chromium; not run where there is none, which fails CI")
    from django.conf import settings

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # The manifest of the real storage is made by collectstatic, which the tests of the running stack do run.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    flush_append_only_tables()


def flush_append_only_tables() -> None:
    """Let transactional tests empty the tables whose triggers refuse TRUNCATE, as only a test may."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def without_triggers(self: DatabaseOperations, sql_list: Iterable[str]) -> None:
        flush(self, ["SET LOCAL session_replication_role = replica", *sql_list])

    DatabaseOperations.execute_sql_flush = without_triggers  # type: ignore[method-assign,assignment]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not chromium.find():
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_BROWSER))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A green CI must mean that the browser tests ran."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # a worker; the process that began the run sees all reports
        return
    skipped = [report for report in reporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr)]
    if skipped:
        reporter.write_line(f"\n{len(skipped)} browser tests were not run: {NO_BROWSER}", yellow=True)
        if os.environ.get("CI") == "true":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
