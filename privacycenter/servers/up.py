"""`make up`: everything that the project needs, in the foreground, until Ctrl-C."""

import errno
import os
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from privacycenter.servers import keys, programs
from privacycenter.servers.embedded import Embedded, named
from privacycenter.servers.folder import Folder, fingerprint
from privacycenter.servers.program import CHECKOUT, CannotStart, Program
from privacycenter.servers.terminal import Terminal

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
# What collected static files are made of: our own, and those of the installed packages.
STATIC_SOURCES = (CHECKOUT / "static", CHECKOUT / "requirements.lock", CHECKOUT / "privacycenter" / "settings.py")


class Interrupted(Exception):
    """Somebody asked us to stop, which is not an error."""


class Up:
    def __init__(self, host: str, port: int, folder: Folder, terminal: Terminal) -> None:
        self.host = host
        self.port = port
        self.folder = folder
        self.terminal = terminal
        self.base_url = f"http://{'localhost' if host in EVERYWHERE | {'127.0.0.1', '::1'} else host}:{port}"
        self.embedded: Embedded | None = None
        self.programs: list[Program] = []

    def run(self) -> int:
        for number in STOP_SIGNALS:
            signal.signal(number, _interrupt)
        try:
            with self.folder.locked():
                return self._run_locked()
        except Interrupted:
            return 0
        except CannotStart as problem:
            self.terminal.say(f"\n{problem}")
            return 1

    def _run_locked(self) -> int:
        try:
            check_port(self.host, self.port)
            self._start()
            return self._watch()
        finally:
            for number in STOP_SIGNALS:
                signal.signal(number, self._hurry)
            self._stop()

    def _start(self) -> None:
        began = time.monotonic()
        env = self._start_servers()
        self._prepare(env)
        self.terminal.say("loading the demo", name="setup")
        # Beside the programs' start, which takes as long and does not need it.
        loading = programs.command("load_demo", env=env)
        self._start_programs(env)
        demo = programs.finished(loading)
        programs.wait_for_web(self.programs[0], self.host, self.port, base_url=env["BASE_URL"])
        self.terminal.say(welcome(env, demo, time.monotonic() - began))

    def _start_servers(self) -> dict[str, str]:
        given = os.environ
        self.embedded = Embedded(self.folder.path, given, durable=True)
        if self.embedded.servers:
            names = ", ".join(server.program.name for server in self.embedded.servers)
            self.terminal.say(f"starting {names}", name="setup")
        self.embedded.start()
        ours = {
            "DEMO": "1",
            "BASE_URL": self.base_url,
            # Whoever opens the port to the network knows by which names it is reached; we do not.
            "ALLOWED_HOSTS": "*" if self.host in EVERYWHERE else f"localhost,127.0.0.1,[::1],{self.host}",
            "DATA_DIR": str(self.folder.path),
            # Long enough to change one's mind, short enough to see it happen.
            "ERASURE_GRACE": "PT15M",
            "POLICY_NOTICE": "PT2M",
        }
        secrets = keys.read_or_make(self.folder.path / "secrets.env")
        return programs.environment(given, ours, secrets, self.embedded.environment)

    def _start_programs(self, env: dict[str, str]) -> None:
        self.programs = [
            programs.web(self.host, self.port, env=env),
            programs.worker(env=env),
            programs.beat(self.folder.path, env=env),
        ]
        for program in self.programs:
            program.start()
            self.terminal.follow(program)

    def _prepare(self, env: dict[str, str]) -> None:
        """Migrate and collect static files, each only when something has changed."""
        static = fingerprint(path for path in STATIC_SOURCES if path.exists())
        collecting = None
        if self.folder.changed("static.stamp", static):
            self.terminal.say("collecting static files", name="setup")
            collecting = programs.collect_static(env)
        ours = not named("DATABASE_URL", os.environ)
        if not (ours and self.folder.migrated()):
            self.terminal.say("bringing the database up to date", name="setup")
            programs.manage("migrate", "--no-input", env=env)
            if ours:
                self.folder.keep_migrations()
        if collecting:
            programs.finished(collecting)
            self.folder.keep("static.stamp", static)

    def _watch(self) -> int:
        """Until somebody stops us, or a program ends that should not."""
        servers = self.embedded.servers if self.embedded else []
        everything = [*(server.program for server in servers), *self.programs]
        while True:
            time.sleep(0.2)
            for program in everything:
                if not program.running:
                    self.terminal.say(f"\n{program.name} ended unexpectedly (status {program.status}).{program.tail()}")
                    return 1

    def _stop(self) -> None:
        if self.embedded:
            self.terminal.say("\nstopping …")
        # Web first, so that nothing new comes in; then whoever works; the servers they use last.
        stop_together(self.programs[:1])
        stop_together(self.programs[1:])
        if self.embedded:
            self.embedded.stop()
            self.terminal.finish()
            self.terminal.say("stopped")

    def _hurry(self, number: int, frame: FrameType | None) -> None:
        """Asked a second time: end the programs as they are. The servers still stop in good order."""
        for program in self.programs:
            if program.running:
                os.killpg(program.pid, signal.SIGKILL)


def welcome(env: Mapping[str, str], demo: str, seconds: float) -> str:
    places = {"portal": "/", "staff": "/staff/", "API docs": "/api/docs/"}
    if "MAIL_DIR" in env:
        places["mailbox"] = "/mailbox/"
    lines = [f"  {name:<10}{env['BASE_URL']}{path}" for name, path in places.items()]
    title = f"Privacy Center is ready after {seconds:.0f} s. Ctrl-C stops it."
    return "\n".join(["", title, "", *lines, "", demo.rstrip(), ""])


def stop_together(together: Sequence[Program]) -> None:
    for program in together:
        program.ask_to_stop()
    for program in together:
        program.stop()


def check_port(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except PermissionError:
        raise CannotStart(f"You may not open port {port}. Take one above 1023: make up PORT=8001") from None
    except socket.gaierror:
        raise CannotStart(f"HOST={host} is not an address.") from None
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise CannotStart(f"HOST={host} can not be used: {error.strerror}.") from None
        free = 8001 if port == 8000 else 8000
        raise CannotStart(f"Port {port} is taken by another program. Take another one: make up PORT={free}") from None


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise Interrupted


def up(host: str, port: int, path: Path) -> int:
    return Up(host, port, Folder(path), Terminal()).run()
