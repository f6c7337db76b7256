"""`requirements.lock`: every package with its version and hashes, made by `make lock`, checked without a network.

No lock of a package manager is kept, because those record the address of a registry. The first line holds a fingerprint
of what `pyproject.toml` asks for, so that a lock left behind by a change of the requirements is noticed.
"""

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from privacycenter.servers.program import CHECKOUT, CannotStart

FIRST_LINE = "# made by `make lock` for pyproject.toml "
PIN = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(\[[^]]*\])?==(?P<version>[^ ;\\]+)")


def make_lock(checkout: Path = CHECKOUT) -> None:
    """Ask the configured registry for the newest versions that fit, for every Python and platform at once."""
    lock = checkout / "requirements.lock"
    # Written anew next door: uv keeps the versions that it finds in its output file.
    fresh = checkout / ".requirements.lock"
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.12"]
    command += ["--generate-hashes", "--no-header", "--group", "dev", "-o", fresh.name, "pyproject.toml"]
    try:
        if subprocess.run(command, cwd=checkout, check=False).returncode:
            raise CannotStart("uv found no set of versions that fits; requirements.lock stays as it was.")
        text = f"{FIRST_LINE}{fingerprint(_project(checkout))}\n{fresh.read_text()}"
        if found := problems(_project(checkout), text):
            raise CannotStart("The new lock would be wrong, so it was not written.\n" + "\n".join(found))
        lock.write_text(text)
    finally:
        fresh.unlink(missing_ok=True)


def check_lock(checkout: Path = CHECKOUT) -> list[str]:
    return problems(_project(checkout), (checkout / "requirements.lock").read_text())


def problems(project: dict[str, Any], lock: str) -> list[str]:
    """What is wrong with the lock, in words; nothing when it is right."""
    found = []
    if not lock.startswith(FIRST_LINE + fingerprint(project) + "\n"):
        found.append("pyproject.toml asks for something else than when requirements.lock was made: run make lock.")
    if "://" in lock:
        found.append("requirements.lock names an address; it must be usable with any registry.")
    pins: dict[str, list[Version]] = {}
    for block in _blocks(lock):
        if match := PIN.match(block):
            pins.setdefault(canonicalize_name(match["name"]), []).append(Version(match["version"]))
            if "--hash=sha256:" not in block:
                found.append(f"{match['name']} has no hash.")
        else:
            found.append(f"This is no pinned requirement: {block.splitlines()[0]}")
    return found + [text for requirement in requirements(project) if (text := _unmet(requirement, pins))]


def requirements(project: dict[str, Any]) -> list[str]:
    groups = project.get("dependency-groups", {}).values()
    return [*project["project"]["dependencies"], *(requirement for group in groups for requirement in group)]


def fingerprint(project: dict[str, Any]) -> str:
    """Of the requirements only: a change of a tool's settings needs no new lock."""
    asked = [sorted(requirements(project)), project["project"]["requires-python"]]
    return "sha256:" + hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _unmet(text: str, pins: dict[str, list[Version]]) -> str | None:
    requirement = Requirement(text)
    versions = pins.get(canonicalize_name(requirement.name), [])
    if any(requirement.specifier.contains(version, prereleases=True) for version in versions):
        return None
    return f"No version in requirements.lock is what pyproject.toml asks for: {text}"


def _blocks(lock: str) -> list[str]:
    """One per requirement: its line and the indented ones below it."""
    return re.findall(r"^[^\s#].*\n(?:[ \t].*\n)*", lock if lock.endswith("\n") else lock + "\n", re.MULTILINE)


def _project(checkout: Path) -> dict[str, Any]:
    return tomllib.loads((checkout / "pyproject.toml").read_text())
