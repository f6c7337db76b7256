"""The secrets that a deployment makes for itself, made here for the demo and for tests."""

import base64
import os
import secrets
from pathlib import Path

# Production refuses every secret that begins like this.
DEMO = "demo-"


def make_secrets(prefix: str = "") -> dict[str, str]:
    return {
        "SECRET_KEY": prefix + secrets.token_urlsafe(48),
        "MASTER_KEYS": f"{prefix}1:{_key()}",
        "SIGNING_KEY": _key(),
        "ADDRESS_KEY": _key(),
    }


def read_or_make(path: Path) -> dict[str, str]:
    """The secrets in the file, which is written on first use: data sealed with them must be readable tomorrow.

    What a newer version needs is added to those of an older one.
    """
    found = _read(path) if path.exists() else {}
    missing = {name: value for name, value in make_secrets(DEMO).items() if name not in found}
    if missing:
        _write(path, found | missing)
    return found | missing


def _read(path: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value for name, _separator, value in pairs}


def _write(path: Path, values: dict[str, str]) -> None:
    unfinished = path.with_suffix(".new")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    unfinished.rename(path)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
