"""The folder `.data/`: all that a running Privacy Center keeps between one start and the next."""

import ast
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from privacycenter.servers.program import CHECKOUT, CannotStart

LOCK = "requirements.lock"
ROOMS = ("accounts", "consents", "dsar", "privacycenter")


class Folder:
    def __init__(self, path: Path = CHECKOUT / ".data") -> None:
        self.path = path.resolve()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One `make up` at a time. The kernel lets go of the lock when its holder dies, however it dies."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        with (self.path / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip()
                raise CannotStart(
                    f"Privacy Center is running here already (process {holder}). Stop it first with Ctrl-C."
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def forget(self) -> None:
        """Delete everything, and the lock last."""
        with self.locked():
            for entry in self.path.iterdir():
                if entry.name == "lock":
                    continue
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry)
                else:
                    entry.unlink()
            shutil.rmtree(self.path)

    def changed(self, name: str, fingerprint: str) -> bool:
        """Whether the fingerprint kept under this name is another one, or there is none."""
        kept = self.path / name
        return not kept.exists() or kept.read_text() != fingerprint

    def keep(self, name: str, fingerprint: str) -> None:
        (self.path / name).write_text(fingerprint)

    def migrated(self) -> bool:
        """Whether the database in this folder has all migrations. Refuses one made by migrations rewritten since.

        Django goes by their names only, so it would take such a database for a complete one.
        """
        kept = self.path / "migrations.json"
        if not kept.exists():
            return False
        then, now = json.loads(kept.read_text()), migrations()
        if any(now.get(name) != digest for name, digest in then.items() if name != LOCK):
            raise CannotStart("The data in .data/ is from an older version: run make fresh, then make up.")
        return bool(then == now)

    def keep_migrations(self) -> None:
        (self.path / "migrations.json").write_text(json.dumps(migrations(), indent=1))


def migrations() -> dict[str, str]:
    """Digests of our own migrations, and of the lock on behalf of the packages that bring some."""
    paths = [path for room in ROOMS for path in (CHECKOUT / room).glob("**/migrations/[0-9]*.py")]
    found = {LOCK: (CHECKOUT / LOCK).read_text()}
    # What they do, not how they are written: a formatter changes no table.
    found |= {str(path.relative_to(CHECKOUT)): ast.dump(ast.parse(path.read_text())) for path in sorted(paths)}
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in found.items()}


def fingerprint(paths: Iterable[Path]) -> str:
    """Changes whenever a file below the paths is added, removed or written."""
    digest = hashlib.sha256()
    for top in paths:
        for path in sorted([top, *top.rglob("*")]):
            seen = path.stat()
            digest.update(f"{path} {seen.st_mtime_ns} {seen.st_size}\n".encode())
    return digest.hexdigest()
