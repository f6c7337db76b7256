"""`make check`: everything that can be found out without running a test. All of it runs, also when some of it fails."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from privacycenter.servers import keys
from privacycenter.servers.embedded import Embedded
from privacycenter.servers.lock import check_lock
from privacycenter.servers.program import CHECKOUT

BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
PRODUCTION = {
    "BASE_URL": "https://privacy.example.org",
    "SMTP_URL": "smtps://mail.example.org",
    "DEMO": "0",
    "DEBUG": "0",
}


def commands() -> dict[str, list[str]]:
    templates = map(str, sorted((CHECKOUT / "templates").rglob("*.html")))
    return {
        "ruff": [str(BIN / "ruff"), "check", "."],
        "format": [str(BIN / "ruff"), "format", "--check", "."],
        "mypy": [str(BIN / "mypy")],
        "imports": [str(BIN / "lint-imports")],
        "templates": [str(BIN / "djade"), "--check", "--target-version", "6.1", *templates],
        "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
        "deploy": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
    }


def check(only: str = "") -> int:
    with tempfile.TemporaryDirectory(prefix="pc-") as folder:
        # The migrations are compared with a real database: whether they are complete depends on what it can do.
        servers = Embedded(Path(folder), PRODUCTION, durable=False)
        try:
            servers.start()
            env = os.environ | servers.environment | keys.make_secrets() | PRODUCTION | {"DATA_DIR": folder}
            checks: dict[str, Callable[[], bool]] = {"lock": lock_is_right}
            checks |= {name: partial(succeeds, command, env) for name, command in commands().items()}
            return run_all({name: run for name, run in checks.items() if name.startswith(only)})
        finally:
            servers.stop()


def run_all(checks: Mapping[str, Callable[[], bool]]) -> int:
    """Exit status 0 only when every one passed, and when there was one at all."""
    failed = [name for name, run in checks.items() if not reported(name, run)] or (
        [] if checks else ["nothing to check"]
    )
    if failed:
        print(f"\nmake check failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


def reported(name: str, run: Callable[[], bool]) -> bool:
    print(f"── {name}", flush=True)
    began = time.monotonic()
    passed = run()
    print(f"   {'passed' if passed else 'FAILED'} in {time.monotonic() - began:.1f} s", flush=True)
    return passed


def succeeds(command: list[str], env: dict[str, str]) -> bool:
    return subprocess.run(command, cwd=CHECKOUT, env=env, stdin=subprocess.DEVNULL, check=False).returncode == 0


def lock_is_right() -> bool:
    found = check_lock()
    print(*found, sep="\n", end="\n" if found else "")
    return not found
