"""Tests of one group run in one process of several: they share what is slow to start, such as a stack."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from privacycenter.servers.program import CHECKOUT
from tests.servers import FOLDER

WHERE = """
import os, pathlib, pytest
{mark}
@pytest.mark.parametrize("number", range(4))
def test_where(number):
    pathlib.Path(__file__).with_name(os.environ["PYTEST_XDIST_WORKER"]).touch()
"""


@pytest.mark.parametrize(("mark", "workers"), [('@pytest.mark.xdist_group("one")', 1), ("", 2)])
def test_tests_of_one_group_run_in_one_process(tmp_path: Path, mark: str, workers: int) -> None:
    for name in ("test_some.py", "test_others.py"):
        (tmp_path / name).write_text(WHERE.format(mark=mark))
    (tmp_path / "pytest.toml").write_text("[pytest]\n")
    for worker in ("gw0", "gw1"):
        (tmp_path / "run" / worker).mkdir(parents=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "xdist", "-p", "tests.groups", "-n", "2"]
    done = subprocess.run(
        [*command, "--dist=loadscope", "-c", str(tmp_path / "pytest.toml"), str(tmp_path)],
        cwd=CHECKOUT,
        # Without the other plugins, which take most of the time of a short run.
        env=kept | {FOLDER: str(tmp_path / "run"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "8 passed" in done.stdout, done.stdout + done.stderr
    assert len(list(tmp_path.glob("gw?"))) == workers


def test_this_run_is_grouped(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.pluginmanager.has_plugin("tests.groups")
