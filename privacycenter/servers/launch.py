"""Become another program that ends when the process that asked for it ends, even by SIGKILL.

Run as a file, without the package: `python -I -S launch.py --parent PID [--as-nobody DIR …] -- PROGRAM …`. A launcher
of its own, and not a function between fork and exec, because that is not safe in a process with threads.

PostgreSQL refuses to run as root. `--as-nobody` therefore maps the user nobody onto root in a user namespace: the
program sees itself as nobody while its files stay root's, and no system user is made. Where namespaces are forbidden it
really becomes nobody, who is then given the directories.
"""

import argparse
import ctypes
import os
import pwd
import signal
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, default=signal.SIGTERM)
    parser.add_argument("--as-nobody", action="append", type=Path, metavar="DIR")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    if options.as_nobody and os.geteuid() == 0:
        become_nobody(options.as_nobody)
    # Only now: the kernel forgets the death signal when a process changes who it is.
    die_with(options.parent, options.death_signal)
    os.execvp(options.program[0], options.program)  # noqa: S606


def die_with(parent: int, death_signal: int) -> None:
    """Linux only; elsewhere a parent that is killed outright leaves its children behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the process that asked for this program is gone")


def become_nobody(directories: list[Path]) -> None:
    nobody = pwd.getpwnam("nobody")
    if namespaces_allowed(nobody):
        give(directories, os.geteuid(), os.getegid())
        map_onto_root(nobody)
    else:
        give(directories, nobody.pw_uid, nobody.pw_gid)
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)


def namespaces_allowed(nobody: pwd.struct_passwd) -> bool:
    """Tried in a child, as there is no way back from half a namespace."""
    child = os.fork()
    if not child:
        try:
            map_onto_root(nobody)
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def map_onto_root(nobody: pwd.struct_passwd) -> None:
    uid, gid = os.geteuid(), os.getegid()
    os.unshare(os.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{nobody.pw_uid} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{nobody.pw_gid} {gid} 1")


def give(directories: list[Path], uid: int, gid: int) -> None:
    for top in directories:
        if top.stat().st_uid == uid:
            continue
        for path in (top, *top.rglob("*")):
            os.chown(path, uid, gid, follow_symlinks=False)


if __name__ == "__main__":
    main()
