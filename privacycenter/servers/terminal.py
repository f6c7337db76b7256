"""What a person sees of the programs: their lines, each with the name of who says it."""

import re
import sys
import threading
from typing import TextIO

from privacycenter.servers.program import Program

COLOURS = {"web": 36, "worker": 35, "beat": 33, "setup": 32}
WIDTH = max(map(len, COLOURS))
LOG_LINE = re.compile(r"timestamp=\S+T(?P<time>[\d:]{8})\S* level=(?P<level>\w+) logger=(?P<logger>\S+) (?P<rest>.*)")
EVENT = re.compile(r'event=(?:"((?:[^"\\]|\\.)*)"|(\S+))')
# Every task that beat sends would fill the screen, and most of them find nothing to do.
CHATTER = {"celery.worker.strategy", "celery.app.trace"}


class Terminal:
    """Lines of several programs on one screen; colours only where there is a person to see them."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._colour = out.isatty()
        self._one_at_a_time = threading.Lock()
        self._readers: list[threading.Thread] = []

    def say(self, text: str = "", *, name: str | None = None) -> None:
        prefix = f"{name:<{WIDTH}} | " if name else ""
        if prefix and self._colour:
            prefix = f"\033[{COLOURS.get(name or '', 37)}m{prefix}\033[0m"
        with self._one_at_a_time:
            try:
                self._out.write("".join(f"{prefix}{line}\n" for line in text.split("\n")))
                self._out.flush()
            except BrokenPipeError:
                pass  # nobody reads any more; the programs go on until someone stops them

    def follow(self, program: Program) -> None:
        """Show what the program says from now on, until it ends."""
        reader = threading.Thread(target=self._read, args=(program,), name=f"log of {program.name}", daemon=True)
        reader.start()
        self._readers.append(reader)

    def finish(self) -> None:
        for reader in self._readers:
            reader.join(timeout=2)

    def _read(self, program: Program) -> None:
        if program.process is None or program.process.stdout is None:
            return
        with program.process.stdout as lines:
            for line in lines:
                if text := readable(line.decode(errors="replace").rstrip()):
                    self.say(text, name=program.name)


def readable(line: str) -> str:
    """A line of the project's log as a person wants it: time, what happened, and the level when it matters."""
    parts = LOG_LINE.fullmatch(line)
    if not parts:
        return line
    level = parts["level"]
    if level == "info" and parts["logger"] in CHATTER:
        return ""
    event = EVENT.sub(lambda match: (match[1] or match[2]).replace('\\"', '"'), parts["rest"], count=1)
    return f"{parts['time']} {event}" if level == "info" else f"{parts['time']} {level}: {event}"
