"""A child process with a name, a way to stop it, and no life beyond that of this process."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")
CHECKOUT = Path(__file__).resolve().parent.parent.parent


class CannotStart(Exception):
    """Told to the person at the terminal as it is, without a traceback."""


def launched(
    argv: Sequence[str | Path], *, death_signal: signal.Signals = signal.SIGTERM, nobody_owns: Sequence[Path] = ()
) -> list[str]:
    """The command that runs `argv` tied to the life of this process (exactly: of the thread that starts it)."""
    command = [sys.executable, "-I", "-S", str(LAUNCHER), "--parent", str(os.getpid())]
    command += ["--death-signal", str(int(death_signal))]
    for directory in nobody_owns:
        command += ["--as-nobody", str(directory)]
    return [*command, "--", *map(str, argv)]


class Program:
    def __init__(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        log: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGTERM,
        patience: float = 20,
        nobody_owns: Sequence[Path] = (),
    ) -> None:
        self.name = name
        self.log = log
        self._argv = argv
        self._env = env
        self._stop_signal = stop_signal
        self._death_signal = death_signal
        self._patience = patience
        self._nobody_owns = nobody_owns
        self.process: subprocess.Popen[bytes] | None = None
        self._asked = False

    def start(self) -> None:
        """Output goes to the log file, or to a pipe at `process.stdout` where there is none."""
        command = launched(self._argv, death_signal=self._death_signal, nobody_owns=self._nobody_owns)
        self._asked = False
        output = self.log.open("ab") if self.log else None
        try:
            # A session of its own: Ctrl-C in the terminal is for us, who then stop the programs in good order.
            self.process = subprocess.Popen(
                command,
                cwd=CHECKOUT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def status(self) -> int | None:
        return self.process.returncode if self.process else None

    @property
    def pid(self) -> int:
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.pid

    def read_to_end(self) -> str:
        """All that the program says until it ends."""
        if self.process is None:
            raise RuntimeError(f"{self.name} was not started")
        return self.process.communicate()[0].decode(errors="replace")

    def ask_to_stop(self) -> None:
        """Once: many programs take a second request for impatience."""
        if self.running and not self._asked:
            self._asked = True
            os.kill(self.pid, self._stop_signal)

    def stop(self) -> int | None:
        """Ask, wait for as long as its patience says, then end it and whatever it left behind."""
        if self.process is None:
            return None
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(self._patience)
        return self.kill()

    def kill(self) -> int | None:
        """SIGKILL for the program and all its children, as when a machine loses power."""
        if self.process is None:
            return None
        # Nothing to find is what we want to find.
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        return self.process.wait()

    def wait_until(self, ready: Callable[[], bool], *, seconds: float = 60) -> None:
        """Raises CannotStart, with the end of the log, when the program ends or the time is over first."""
        end = time.monotonic() + seconds
        while not ready():
            if not self.running:
                raise CannotStart(f"{self.name} ended with status {self.status}.{self.tail()}")
            if time.monotonic() > end:
                raise CannotStart(f"{self.name} was not ready after {seconds:.0f} seconds.{self.tail()}")
            time.sleep(0.02)

    def log_anew(self) -> None:
        if self.log is not None:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            self.log.write_bytes(b"")

    def tail(self, lines: int = 15) -> str:
        if self.log is None or not self.log.exists():
            return ""
        last = self.log.read_text(errors="replace").splitlines()[-lines:]
        return "\n" + "\n".join(f"  {line}" for line in last)
