"""The project's own processes: web, worker, beat and the commands of manage.py."""

import http.client
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from privacycenter.servers.program import CannotStart, Program

PYTHON = sys.executable
MANAGE = [PYTHON, "manage.py"]
# Said by Celery to root at every start; whoever runs the demo as root in a container knows.
QUIET_ABOUT_ROOT = "ignore:You're running the worker with superuser privileges"


def web(host: str, port: int, *, env: Mapping[str, str], log: Path | None = None) -> Program:
    argv = [PYTHON, "-m", "gunicorn", "privacycenter.wsgi", "--bind", _address(host, port)]
    # No access log: addresses of pages hold keys, such as that of a confirmation mail.
    argv += ["--workers", "2", "--threads", "4", "--log-level", "warning", "--no-control-socket"]
    if os.access("/dev/shm", os.W_OK):  # noqa: S108 - gunicorn's heartbeat file, which a slow disk must not hold up
        argv += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108
    return Program("web", argv, env=env, log=log)


def worker(name: str = "worker", *, concurrency: int = 2, env: Mapping[str, str], log: Path | None = None) -> Program:
    argv = [PYTHON, *(["-W", QUIET_ABOUT_ROOT] if os.geteuid() == 0 else [])]
    argv += ["-m", "celery", "--quiet", "-A", "privacycenter", "worker"]
    argv += ["--hostname", f"{name}@%h", "--concurrency", str(concurrency), "--loglevel", "INFO"]
    # A warm stop finishes the tasks that run; when the one who started us is gone nothing is left to wait for.
    return Program(name, [*argv, "--without-gossip", "--without-mingle"], env=env, log=log, patience=30)


def beat(folder: Path, *, env: Mapping[str, str], log: Path | None = None) -> Program:
    argv = [PYTHON, "-m", "celery", "--quiet", "-A", "privacycenter", "beat", "--loglevel", "WARNING"]
    argv += ["--schedule", str(folder / "beat"), "--pidfile", ""]
    return Program("beat", argv, env=env, log=log)


def wait_for_web(program: Program, host: str, port: int, *, base_url: str) -> None:
    def answers() -> bool:
        connection = http.client.HTTPConnection(_reachable(host), port, timeout=10)
        try:
            connection.request("GET", "/healthz", headers={"Host": urlsplit(base_url).netloc})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    program.wait_until(answers)


def manage(*arguments: str, env: Mapping[str, str]) -> str:
    """The output of one command of manage.py. Raises CannotStart with that output when it fails."""
    return finished(command(*arguments, env=env))


def command(*arguments: str, env: Mapping[str, str]) -> Program:
    """One command of manage.py, started."""
    program = Program(f"manage.py {' '.join(arguments)}", [*MANAGE, *arguments], env=env)
    program.start()
    return program


def collect_static(env: Mapping[str, str]) -> Program:
    """Started only: it takes as long as migrating does. ReDoc is a second view of the API, large and not used."""
    return command("collectstatic", "--no-input", "--clear", "--ignore", "redoc*", "--verbosity", "0", env=env)


def finished(program: Program) -> str:
    try:
        output = program.read_to_end()
    finally:
        status = program.kill()
    if status:
        raise CannotStart(f"{program.name} failed:\n{output}")
    return output


def environment(given: Mapping[str, str], *more: Mapping[str, str]) -> dict[str, str]:
    """What the project's processes see: all that is given, and of the rest only what is not given."""
    merged = {"PYTHONUNBUFFERED": "1", "DJANGO_SETTINGS_MODULE": "privacycenter.settings"}
    for values in more:
        merged |= {name: value for name, value in values.items() if f"{name}_FILE" not in given}
    return merged | dict(given)


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _reachable(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
