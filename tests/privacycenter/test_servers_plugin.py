import os
import smtplib
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import psycopg
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

from privacycenter.servers.program import CHECKOUT
from tests.servers import FOLDER, OutsideWorld


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("example.org", 80), ("10.0.0.1", 5432)])
def test_a_test_can_not_reach_another_machine(address):
    with socket.socket() as outside, pytest.raises(OutsideWorld):
        outside.connect(address)
    with socket.socket(type=socket.SOCK_DGRAM) as outside, pytest.raises(OutsideWorld):
        outside.sendto(b"x", address)


def test_a_library_can_not_reach_another_machine_either():
    with pytest.raises(OutsideWorld):
        urlopen("http://192.0.2.1/", timeout=1)


def test_every_process_of_the_run_has_its_own_place(db):
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    assert Path(settings.DATA_DIR).name == worker
    assert cache.key_prefix == f"test-{worker}"
    assert connection.settings_dict["NAME"].startswith("test_privacycenter")
    with psycopg.connect(os.environ["SHOP_DATABASE_URL"]) as shop:
        assert shop.info.dbname == f"test_shop_{worker}"
    cache.set("mine", worker)
    assert cache.get("mine") == worker
    with smtplib.SMTP("127.0.0.1", int(os.environ["SMTP_URL"].rpartition(":")[2])) as client:
        assert client.noop()[0] == 250


def test_a_run_uses_no_secret_of_the_demo():
    assert not settings.DEMO
    assert not settings.SECRET_KEY.startswith("demo-")


@pytest.mark.django_db(transaction=True)
def test_a_transactional_test_may_empty_tables_that_refuse_it():
    from django.contrib.sessions.models import Session
    from django.core.management import call_command
    from django.utils import timezone

    refuse = """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
        CREATE TRIGGER refuse BEFORE TRUNCATE ON django_session EXECUTE FUNCTION refuse();
    """
    Session.objects.create(session_key="x", session_data="", expire_date=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute(refuse)
        try:
            call_command("flush", verbosity=0, interactive=False)
            assert not Session.objects.exists()
        finally:
            cursor.execute("DROP FUNCTION refuse CASCADE")


RUN_ELSEWHERE = "import pytest\n@pytest.mark.browser\ndef test_page(): pass\ndef test_other(): pass\n"


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_browser_tests_without_a_browser_fail_only_ci(tmp_path, ci, status):
    (tmp_path / "test_page.py").write_text(RUN_ELSEWHERE)
    ours = {FOLDER, "PYTEST_PLUGINS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID", "PYTEST_CURRENT_TEST"}
    # On the servers of this run: to start others takes longer than all the rest.
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"CHROMIUM": "/nowhere/chromium", "CI": ci}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-c", "pyproject.toml"]
    command += [str(tmp_path / "test_page.py"), "--rootdir", str(CHECKOUT)]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stdout + done.stderr
    assert "1 browser tests were not run: there is no Chromium" in done.stdout
    assert "1 passed, 1 skipped" in done.stdout
