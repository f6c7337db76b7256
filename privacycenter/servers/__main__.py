"""The commands behind the Makefile: `python -m privacycenter.servers up` and its like."""

import argparse
import signal
import sys
from pathlib import Path

from privacycenter.servers.folder import Folder
from privacycenter.servers.program import CHECKOUT, CannotStart


def port_number(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise CannotStart(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m privacycenter.servers")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run everything in the foreground")
    up.add_argument("--host", default="127.0.0.1")
    up.add_argument("--port", default="8000")
    fresh = commands.add_parser("fresh", help="delete what `up` keeps")
    for command in (up, fresh):
        command.add_argument("--data", type=Path, default=CHECKOUT / ".data")
    for name, purpose in {"check": "check the code", "bench": "measure the speed"}.items():
        commands.add_parser(name, help=purpose).add_argument("--only", default="", metavar="PREFIX")
    commands.add_parser("lock", help="choose the versions of all packages anew")
    commands.add_parser("chromium", help="find or install a browser for the tests")
    options = parser.parse_args()
    # Asked to stop, leave by way of every `finally`.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(options)
    except CannotStart as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(options: argparse.Namespace) -> int:
    match options.command:
        case "up":
            from privacycenter.servers.up import up

            return up(options.host, port_number(options.port), options.data)
        case "fresh":
            Folder(options.data).forget()
        case "check":
            from privacycenter.servers.check import check

            return check(options.only)
        case "bench":
            from privacycenter.servers.bench import bench

            return bench(options.only)
        case "lock":
            from privacycenter.servers.lock import make_lock

            make_lock()
        case "chromium":
            from privacycenter.servers.chromium import ensure

            ensure()
    return 0


if __name__ == "__main__":
    sys.exit(main())
