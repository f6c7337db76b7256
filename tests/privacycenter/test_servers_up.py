import io
import json
import os
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from privacycenter.servers import chromium, keys
from privacycenter.servers.__main__ import port_number
from privacycenter.servers.check import run_all
from privacycenter.servers.folder import Folder, fingerprint, migrations
from privacycenter.servers.mailsink import free_port
from privacycenter.servers.program import CHECKOUT, CannotStart, Program
from privacycenter.servers.programs import environment
from privacycenter.servers.terminal import Terminal, readable
from privacycenter.servers.up import check_port, welcome


def test_a_taken_port_is_named_with_a_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {port} is taken by another program.*make up PORT=8000"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_a_host_that_is_not_ours_is_named():
    with pytest.raises(CannotStart, match=r"HOST=192\.0\.2\.1 can not be used"):
        check_port("192.0.2.1", 8000)


@pytest.mark.parametrize("text", ["", "abc", "0", "65536", "-1", "80 80"])
def test_a_port_must_be_a_port(text):
    with pytest.raises(CannotStart, match="PORT must be a number from 1 to 65535"):
        port_number(text)


def test_secrets_are_made_once_for_their_owner_only(tmp_path):
    path = tmp_path / "secrets.env"
    made = keys.read_or_make(path)
    assert made == keys.read_or_make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.keys() == {"SECRET_KEY", "MASTER_KEYS", "SIGNING_KEY", "ADDRESS_KEY"}


def test_a_secret_that_an_older_version_did_not_need_is_added(tmp_path):
    path = tmp_path / "secrets.env"
    path.write_text("SECRET_KEY=demo-old\n")
    made = keys.read_or_make(path)
    assert made["SECRET_KEY"] == "demo-old"
    assert made == keys.read_or_make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert made.keys() == keys.make_secrets().keys()


def test_secrets_of_the_demo_say_so_and_others_do_not(tmp_path):
    demo, own = keys.read_or_make(tmp_path / "secrets.env"), keys.make_secrets()
    assert demo["SECRET_KEY"].startswith("demo-")
    assert demo["MASTER_KEYS"].startswith("demo-")
    assert "demo-" not in "".join(own.values())


def test_only_one_may_use_a_folder_at_a_time(tmp_path):
    folder = Folder(tmp_path / "data")
    with folder.locked(), pytest.raises(CannotStart, match=rf"running here already \(process {os.getpid()}\)"):
        folder.forget()
    folder.forget()
    assert not folder.path.exists()


def test_forgetting_leaves_nothing(tmp_path):
    folder = Folder(tmp_path / "data")
    (folder.path / "postgres" / "base").mkdir(parents=True)
    (folder.path / "outside").symlink_to(tmp_path)
    folder.forget()
    assert list(tmp_path.iterdir()) == []


def test_data_of_rewritten_migrations_is_refused(tmp_path):
    folder = Folder(tmp_path)
    assert not folder.migrated()
    folder.keep_migrations()
    assert folder.migrated()
    old = migrations() | {"accounts/subjects/migrations/0001_initial.py": "what it was before"}
    (tmp_path / "migrations.json").write_text(json.dumps(old))
    with pytest.raises(CannotStart, match="from an older version: run make fresh"):
        folder.migrated()


@pytest.mark.parametrize("change", ["a new migration of ours", "other packages"])
def test_new_migrations_are_applied_to_the_data(tmp_path, change):
    folder = Folder(tmp_path)
    old = migrations()
    if change == "other packages":
        old["requirements.lock"] = "what it was before"
    else:
        old.popitem()
    (tmp_path / "migrations.json").write_text(json.dumps(old))
    assert not folder.migrated()


def test_a_fingerprint_sees_every_change(tmp_path):
    seen = [fingerprint([tmp_path])]
    file = tmp_path / "a.css"
    for text in ("one", "another"):
        file.write_text(text)
        seen.append(fingerprint([tmp_path]))
    file.unlink()
    seen.append(fingerprint([tmp_path]))
    assert len(set(seen)) == len(seen)


def test_what_the_environment_gives_wins_also_from_a_file():
    given = {"SECRET_KEY_FILE": "/run/secrets/key", "BASE_URL": "https://given.example"}
    merged = environment(given, {"SECRET_KEY": "ours", "BASE_URL": "http://localhost", "DEMO": "1"})
    assert "SECRET_KEY" not in merged
    assert merged["BASE_URL"] == "https://given.example"
    assert merged["DEMO"] == "1"


def test_every_line_says_who_says_it_and_in_no_colour_to_a_file(tmp_path):
    out = io.StringIO()
    terminal = Terminal(out)
    program = Program("web", [sys.executable, "-c", "print('one\\n\\ntwo')"])
    program.start()
    terminal.follow(program)
    terminal.finish()
    program.kill()
    assert out.getvalue() == "web    | one\nweb    | two\n"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('timestamp=2026-11-22T16:35:37.6Z level=info logger=dsar event="Step done." id=7', "16:35:37 Step done. id=7"),
        ("timestamp=2026-11-22T16:35:37.6Z level=error logger=dsar event=failed", "16:35:37 error: failed"),
        ('timestamp=2026-11-22T16:35:37.6Z level=info logger=celery.app.trace event="Task succeeded"', ""),
        (
            'timestamp=2026-11-22T16:35:37.6Z level=error logger=celery.app.trace event="Task \\"x\\""',
            '16:35:37 error: Task "x"',
        ),
        ("Traceback (most recent call last):", "Traceback (most recent call last):"),
    ],
)
def test_log_lines_are_shown_as_a_person_reads_them(line, shown):
    assert readable(line) == shown


def test_every_check_runs_also_after_one_that_fails(capsys):
    ran = []

    def check(name: str) -> bool:
        ran.append(name)
        return name != "mypy"

    checks = {name: partial(check, name) for name in ("ruff", "mypy", "lock")}
    assert run_all(checks) == 1
    assert ran == ["ruff", "mypy", "lock"]
    assert "make check failed: mypy" in capsys.readouterr().out
    assert run_all({"ruff": lambda: True}) == 0


def test_checking_nothing_is_no_success():
    assert run_all({}) == 1


def test_the_welcome_names_the_mailbox_only_where_there_is_one():
    env = {"BASE_URL": "http://localhost:8001"}
    assert "mailbox" not in welcome(env, "", 4)
    text = welcome(env | {"MAIL_DIR": "/x"}, "sign in as alice", 4)
    assert "  mailbox   http://localhost:8001/mailbox/\n" in text
    assert "sign in as alice" in text


def test_a_browser_is_found_on_the_path_or_where_it_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert chromium.find() is None
    program(tmp_path / "google-chrome", "exit 0")
    assert chromium.find() == str(tmp_path / "google-chrome")
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "gone"))
    assert chromium.find() is None


def test_a_missing_browser_that_we_may_not_install_is_said_in_words(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    program(tmp_path / "apt-get", "exit 1")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert chromium.ensure() is None
    assert "make test CHROMIUM=" in capsys.readouterr().err


def test_root_installs_the_browser_that_is_missing(tmp_path, monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    browser = tmp_path / "chromium"
    program(tmp_path / "apt-get", f'[ "$1" = update ] || {{ echo "#!/bin/sh" > {browser}; /bin/chmod +x {browser}; }}')
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert chromium.ensure() == str(browser)


@pytest.fixture
def path_without_python(tmp_path: Path) -> Path:
    """All the programs that installing needs, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("dirname", "rm", "cmp", "cp"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    return folder


def install(checkout: Path, path: Path) -> subprocess.CompletedProcess[str]:
    script = checkout / "privacycenter" / "servers" / "install.sh"
    script.parent.mkdir(parents=True)
    script.write_text((CHECKOUT / "privacycenter" / "servers" / "install.sh").read_text())
    environment = {"PATH": str(path), "HOME": str(checkout)}
    return subprocess.run(["/bin/sh", script], env=environment, capture_output=True, text=True, check=False)


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_missing_python_is_said_in_words(tmp_path, path_without_python):
    program(path_without_python / "python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    program(path_without_python / "python3", f"exec {sys.executable} -c 'raise SystemExit(1)'  # one that is too old")
    done = install(tmp_path / "checkout", path_without_python)
    assert done.returncode == 1
    assert "needs Python 3.12 or newer" in done.stderr


def test_a_python_without_venv_is_said_in_words(tmp_path, path_without_python):
    program(path_without_python / "python3.12", 'test "$1" = -c')
    done = install(tmp_path / "checkout", path_without_python)
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert not (tmp_path / "checkout" / ".venv").exists()


def test_a_python_that_only_a_version_manager_knows_is_found(tmp_path, path_without_python):
    known = tmp_path / "checkout" / ".pyenv" / "versions" / "3.13.9" / "bin" / "python3"
    known.parent.mkdir(parents=True)
    program(known, 'test "$1" = -c')
    assert f"{known} can not make a virtual environment" in install(tmp_path / "checkout", path_without_python).stderr


def test_interrupted_while_starting_it_leaves_quietly(tmp_path):
    """The first thing it says is that it starts the servers; asked to stop right then, nothing stays behind."""
    command = [
        sys.executable,
        "-m",
        "privacycenter.servers",
        "up",
        "--port",
        str(free_port()),
        "--data",
        tmp_path / "data",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.endswith(("_URL", "_DIR"))}
    up = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=CHECKOUT)
    assert up.stdout
    first = up.stdout.readline()
    up.send_signal(signal.SIGINT)
    rest, _ = up.communicate(timeout=60)
    assert b"starting PostgreSQL, Valkey, mail sink" in first
    assert up.returncode == 0
    assert rest.decode().strip().endswith("stopped")
    with Folder(tmp_path / "data").locked():
        assert not (tmp_path / "data" / "postgres" / "postmaster.pid").exists()
