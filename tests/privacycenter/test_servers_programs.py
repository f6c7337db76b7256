import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from privacycenter.servers.program import LAUNCHER, CannotStart, Program
from tests.privacycenter.waiting import until

# Says the number of a child of its own, then waits for ever, deaf to every polite request.
DEAF = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]).pid, flush=True)
signal.pause()
"""
STARTER = """
import signal, sys
from privacycenter.servers.program import Program
program = Program("child", [sys.executable, "-c", "import signal; signal.pause()"])
program.start()
print(program.pid, flush=True)
signal.pause()
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_program_does_not_outlive_a_starter_that_is_killed():
    starter = subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE)
    assert starter.stdout
    child = int(starter.stdout.readline())
    assert alive(child)
    starter.kill()
    starter.communicate()
    assert until(lambda: not alive(child))


def test_a_program_whose_starter_is_gone_already_does_not_start():
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    parent = gone.stdout.decode().strip()
    command = [sys.executable, "-I", "-S", str(LAUNCHER), "--parent", parent, "--", "echo", "started"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_stopping_asks_first():
    polite = "import signal, sys; signal.signal(15, lambda *_: sys.exit(7)); print(flush=True); signal.pause()"
    program = Program("polite", [sys.executable, "-c", polite])
    program.start()
    assert program.process
    assert program.process.stdout
    program.process.stdout.readline()
    assert program.stop() == 7
    program.process.stdout.close()


def test_a_program_that_does_not_listen_is_ended_with_its_children(tmp_path):
    program = Program("deaf", [sys.executable, "-c", DEAF], log=tmp_path / "log", patience=0.1)
    program.start()
    assert until(lambda: (tmp_path / "log").read_text().endswith("\n"))
    grandchild = int((tmp_path / "log").read_text())
    assert program.stop() == -signal.SIGKILL
    assert until(lambda: not alive(grandchild))
    assert not program.running


def test_a_program_is_deaf_to_the_ctrl_c_of_our_terminal(tmp_path):
    program = Program("quiet", [sys.executable, "-c", "import signal; signal.pause()"], log=tmp_path / "log")
    program.start()
    assert os.getpgid(program.pid) != os.getpgid(0)
    program.kill()


def test_waiting_for_a_program_that_ends_shows_the_end_of_its_log(tmp_path):
    program = Program("short", [sys.executable, "-c", "raise SystemExit('no room left')"], log=tmp_path / "log")
    program.start()
    with pytest.raises(CannotStart, match=r"(?s)short ended with status 1.*no room left"):
        program.wait_until(lambda: False)


def test_waiting_for_a_program_that_is_never_ready_has_an_end(tmp_path):
    program = Program("slow", [sys.executable, "-c", "import signal; signal.pause()"], log=tmp_path / "log")
    program.start()
    with pytest.raises(CannotStart, match="slow was not ready"):
        program.wait_until(lambda: False, seconds=0.05)
    program.kill()
