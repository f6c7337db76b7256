"""`make bench [ONLY=prefix]`: how fast the product is, on servers that keep what they promise to keep.

A benchmark is a function in `tests/benchmarks/bench_<area>.py`, its name beginning with that area, or in
`bench_<area>_<part>.py` where an area has many, its name beginning with `<area>.<part>`:

    from privacycenter.servers.bench import Measured, figure
    from privacycenter.servers.stack import Stack

    @figure("journey.access", unit="per minute")
    def access(stack: Stack) -> float: ...          # or Measured(value, baseline=the other way of doing it)

It is given the running stack (web, one worker, beat, mail sink; database migrated and otherwise as the figures before
it left it). Django is set up on the stack's database before the module is imported, so the ORM can be used at once. The
function does what has to be done beforehand, measures, and returns the figure. Each figure becomes one line of JSON on
stdout, `{"name", "value", "unit", "baseline", "ratio"}`; everything else goes to stderr.
"""

import contextlib
import importlib
import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from privacycenter.servers.embedded import Embedded
from privacycenter.servers.program import CHECKOUT, CannotStart
from privacycenter.servers.stack import Stack

FOLDER = CHECKOUT / "tests" / "benchmarks"
# No waiting that people are promised, and no limit that protects people, between us and the work to be measured.
SETTINGS = {
    "ERASURE_GRACE": "PT0S",
    "POLICY_NOTICE": "PT0S",
    "NOTICE_APPROVAL_SIZE": "1000000000",
    "NOTICE_CANARY": "0",
    "SCAN_EVERY": "",
    "API_RATE": "1000000/min",
    "SYSTEM_API_RATE": "1000000/min",
    "LOG_LEVEL": "WARNING",
}


@dataclass(frozen=True)
class Measured:
    value: float
    baseline: float | None = None


type Measure = Callable[[Stack], Measured | float]


@dataclass(frozen=True)
class Figure:
    name: str
    unit: str
    measure: Measure

    def line(self, stack: Stack) -> str:
        result = self.measure(stack)
        measured = result if isinstance(result, Measured) else Measured(result)
        ratio = round(measured.value / measured.baseline, 3) if measured.baseline else None
        value = round(measured.value, 3)
        return json.dumps(
            {"name": self.name, "value": value, "unit": self.unit, "baseline": measured.baseline, "ratio": ratio}
        )


FIGURES: dict[str, Figure] = {}


def figure(name: str, *, unit: str) -> Callable[[Measure], Measure]:
    def register(measure: Measure) -> Measure:
        if name in FIGURES:
            raise ValueError(f"there are two benchmarks called {name}")
        FIGURES[name] = Figure(name, unit, measure)
        return measure

    return register


def bench(only: str = "", folder: Path = FOLDER) -> int:
    modules = chosen(only, folder)
    if not modules:
        raise CannotStart(f"No file in {folder} has figures that begin with {only!r}.")
    data = CHECKOUT / ".data"
    data.mkdir(exist_ok=True)
    # On the disk that holds the real data, as /tmp may be memory.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=data) as name, contextlib.ExitStack() as cleaning:
        servers = Embedded(Path(name), os.environ | {"SMTP_URL": "the stack has one"}, durable=True)
        cleaning.callback(servers.stop)
        servers.start()
        stack = Stack(Path(name), os.environ | servers.environment, SETTINGS, name="bench")
        cleaning.callback(stack.stop)
        stack.start()
        return measure(modules, only, stack)


def chosen(only: str, folder: Path) -> list[str]:
    """By file name: the modules can be imported only when Django is set up."""
    names = sorted(path.stem.removeprefix("bench_") for path in folder.glob("bench_*.py"))
    figures = {name: name.replace("_", ".", 1) for name in names}
    return [name for name, begin in figures.items() if begin.startswith(only) or only.startswith(begin)]


def measure(modules: list[str], only: str, stack: Stack) -> int:
    os.environ.update(stack.env)
    import django

    django.setup()
    for name in modules:
        importlib.import_module(f"tests.benchmarks.bench_{name}")
    wanted = [FIGURES[name] for name in sorted(FIGURES) if name.startswith(only)]
    failed = [one.name for one in wanted if not printed(one, stack)]
    if failed or not wanted:
        print(f"failed: {', '.join(failed)}" if failed else f"no figure begins with {only!r}", file=sys.stderr)
        return 1
    return 0


def printed(one: Figure, stack: Stack) -> bool:
    print(f"measuring {one.name} …", file=sys.stderr)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            line = one.line(stack)
    except Exception:  # noqa: BLE001  # whatever a benchmark does wrong
        # One figure that can not be had takes none of the others away; the command fails in the end.
        traceback.print_exc()
        print(stack.tails(), file=sys.stderr)
        return False
    print(line, flush=True)
    return True
