import os
import smtplib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from privacycenter.servers.embedded import Embedded
from privacycenter.servers.mailsink import MailSink
from privacycenter.servers.postgres import Postgres
from privacycenter.servers.program import CannotStart
from privacycenter.servers.stack import renamed
from privacycenter.servers.valkey import Valkey, numbered
from tests.privacycenter.waiting import until

NOBODY = 65534


@pytest.fixture
def sockets() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pc-") as folder:
        yield Path(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place that nobody may pass through, as PostgreSQL of root's must."""
    tmp_path.chmod(0o711)
    return tmp_path


def started(server: Postgres | Valkey | MailSink) -> Postgres | Valkey | MailSink:
    server.start()
    server.wait()
    return server


def test_postgres_keeps_its_data_and_really_writes_it(folder, sockets):
    for run in range(2):
        postgres = Postgres(folder / "data", sockets, durable=True, log=folder / "log")
        started(postgres)
        postgres.create_database("kept")
        with psycopg.connect(postgres.url("kept")) as connection:
            if run == 0:
                connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        postgres.stop()


def test_postgres_starts_after_a_crash_though_its_number_is_somebody_elses_now(folder, sockets):
    first = Postgres(folder / "data", sockets, durable=True, log=folder / "log")
    started(first)
    lock = folder / "data" / "postmaster.pid"
    lines = lock.read_text().splitlines()
    first.program.kill()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    second = Postgres(folder / "data", sockets, durable=True, log=folder / "log")
    started(second)
    second.stop()


def test_postgres_of_another_version_is_not_touched(folder, sockets):
    (folder / "data").mkdir()
    (folder / "data" / "PG_VERSION").write_text("16\n")
    with pytest.raises(CannotStart, match="PostgreSQL 16: run make fresh"):
        Postgres(folder / "data", sockets, durable=True, log=folder / "log").start()


def test_postgres_left_half_made_is_made_again(folder, sockets):
    (folder / "data.new").mkdir()
    (folder / "data.new" / "half").touch()
    postgres = Postgres(folder / "data", sockets, durable=False, log=folder / "log")
    started(postgres)
    assert not (folder / "data" / "half").exists()
    with psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    postgres.stop()


def test_a_socket_directory_with_a_long_path_is_refused_in_words(folder):
    with pytest.raises(CannotStart, match="too long for a Unix socket"):
        Postgres(folder, Path("/tmp") / ("x" * 100), durable=True, log=folder / "log")  # noqa: S108


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_postgres_of_root_runs_as_nobody(folder, sockets):
    postgres = Postgres(folder / "data", sockets, durable=False, log=folder / "log")
    started(postgres)
    with psycopg.connect(postgres.url("postgres")) as connection:
        connection.execute("CREATE TEMP TABLE seen (line text)")
        connection.execute("COPY seen FROM PROGRAM 'id -u'")
        assert connection.execute("SELECT line FROM seen").fetchone() == (str(NOBODY),)
    postgres.stop()


def test_valkey_keeps_what_is_durable(folder, sockets):
    for run in range(2):
        valkey = Valkey(folder / "valkey", sockets, durable=True, log=folder / "log")
        started(valkey)
        with Redis.from_url(valkey.cache_url()) as client:
            if run == 0:
                client.set("kept", "42")
            assert client.get("kept") == b"42"
        valkey.stop()


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("unix:///tmp/v.sock?db=1", "unix:///tmp/v.sock?db=9"),
        ("redis+socket:///tmp/v.sock?virtual_host=0", "redis+socket:///tmp/v.sock?virtual_host=9"),
        ("redis://:secret@cache.example:6379/0", "redis://:secret@cache.example:6379/9"),
        ("rediss://cache.example", "rediss://cache.example/9"),
    ],
)
def test_another_database_of_the_same_valkey(url, other):
    assert numbered(url, 9) == other


@pytest.mark.parametrize(
    ("url", "other"),
    [
        ("postgresql://postgres@/a?host=/tmp/pc", "postgresql://postgres@/b?host=/tmp/pc"),
        ("postgresql:///a?host=/tmp/pc", "postgresql:///b?host=/tmp/pc"),
        ("postgres://u:p@db.example:5432/a", "postgres://u:p@db.example:5432/b"),
    ],
)
def test_another_database_of_the_same_postgres(url, other):
    assert renamed(url, "b") == other


def test_an_accepted_mail_is_a_file_that_says_to_whom_it_went(folder):
    sink = MailSink(folder / "mail", log=folder / "log")
    started(sink)
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("us@example.org", ["a@example.org", "b@example.org"], "Subject: Grüße\r\n\r\nText\r\n".encode())
    (mail,) = sink.mails()
    assert mail["X-RcptTo"] == "a@example.org, b@example.org"
    assert mail.get_content().strip() == "Text"
    sink.stop()
    assert "example.org" not in (folder / "log").read_text()


def test_a_mail_whose_sender_goes_away_before_the_answer_was_never_sent(folder):
    sink = MailSink(folder / "mail", log=folder / "log", delay=60)
    started(sink)
    client = smtplib.SMTP("127.0.0.1", sink.port)
    client.mail("us@example.org")
    client.rcpt("a@example.org")
    client.putcmd("data")
    client.getreply()
    client.send(b"Subject: x\r\n\r\nText\r\n.\r\n")
    client.close()
    sink.stop()
    assert sink.mails() == []


def test_servers_that_the_environment_names_are_not_started(folder):
    given = {
        "DATABASE_URL": "postgresql://db.example/pc",
        "CACHE_URL": "redis://c.example",
        "SMTP_URL": "smtp://m.example",
    }
    embedded = Embedded(folder, given | {"CELERY_BROKER_URL_FILE": "/run/secrets/broker"}, durable=False)
    assert embedded.servers == [embedded.postgres]
    assert embedded.environment.keys() == {"SHOP_DATABASE_URL"}
    embedded.stop()


def test_all_servers_end_with_a_starter_that_is_killed(folder, sockets):
    code = (
        "import sys, signal, pathlib\n"
        "from privacycenter.servers.embedded import Embedded\n"
        "servers = Embedded(pathlib.Path(sys.argv[1]), {}, durable=False)\n"
        "servers.start()\n"
        "print(*(server.program.pid for server in servers.servers), flush=True)\n"
        "signal.pause()\n"
    )
    environment = os.environ | {"TMPDIR": str(sockets)}
    starter = subprocess.Popen([sys.executable, "-c", code, folder], stdout=subprocess.PIPE, env=environment)
    assert starter.stdout
    pids = starter.stdout.readline().split()
    assert len(pids) == 3
    starter.kill()
    starter.communicate()
    assert until(lambda: not any(Path(f"/proc/{pid.decode()}").exists() for pid in pids))
