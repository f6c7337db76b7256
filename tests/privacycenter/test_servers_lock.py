import copy
from typing import Any

import pytest

from privacycenter.servers.lock import FIRST_LINE, check_lock, fingerprint, problems

PROJECT: dict[str, Any] = {
    "project": {"dependencies": ["Django>=6.1,<6.2", "psycopg[binary]>=3.3"], "requires-python": ">=3.12"},
    "dependency-groups": {"dev": ["pytest_xdist>=3"]},
}
PINS = """\
django==6.1.3 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
    # via privacy-center (pyproject.toml)
psycopg==3.3.9 ; implementation_name != 'pypy' \\
    --hash=sha256:cc
pytest-xdist==3.8.0 \\
    --hash=sha256:dd
"""


def lock(pins: str = PINS) -> str:
    return FIRST_LINE + fingerprint(PROJECT) + "\n" + pins


def test_the_lock_of_this_project_is_right():
    assert check_lock() == []


def test_a_right_lock_has_no_problems():
    assert problems(PROJECT, lock()) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("6.1.3", "6.2"), "asks for: Django>=6.1,<6.2"),
        (("pytest-xdist==3.8.0", "pytest==9.0"), "asks for: pytest_xdist>=3"),
        (("    --hash=sha256:dd\n", ""), "pytest-xdist has no hash"),
        (("psycopg==3.3.9", "psycopg>=3.3.9"), "no pinned requirement: psycopg>=3.3.9"),
        (("    # via", "--index-url https://registry.example/simple\n    # via"), "names an address"),
        (("psycopg==3.3.9", "psycopg @ https://files.example/psycopg.whl"), "names an address"),
    ],
)
def test_what_is_wrong_with_a_lock_is_said(change, problem):
    found = problems(PROJECT, lock(PINS.replace(*change)))
    assert any(problem in text for text in found), found


@pytest.mark.parametrize("where", ["dependencies", "dev", "python"])
def test_a_lock_older_than_the_requirements_is_noticed(where):
    changed = copy.deepcopy(PROJECT)
    if where == "python":
        changed["project"]["requires-python"] = ">=3.13"
    elif where == "dev":
        changed["dependency-groups"]["dev"].append("django")
    else:
        changed["project"]["dependencies"][0] = "Django>=6.1.1,<6.2"
    assert problems(changed, lock()) == [
        "pyproject.toml asks for something else than when requirements.lock was made: run make lock."
    ]


def test_the_settings_of_a_tool_are_no_requirement():
    assert fingerprint(PROJECT | {"tool": {"ruff": {"line-length": 99}}}) == fingerprint(PROJECT)
