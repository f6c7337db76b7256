#!/bin/sh
# Make .venv hold exactly what requirements.lock names. Does nothing when it does already.
set -eu
cd "$(dirname "$0")/../.."
venv=.venv
installed=$venv/requirements.lock

new_enough() {
    # Really run it: a version manager puts programs on the PATH that only say what is not installed.
    "$1" -c 'import sys; raise SystemExit(sys.version_info < (3, 12))' >/dev/null 2>&1
}

find_python() {
    for candidate in python3.13 python3.12 python3 python python3.14 \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python3; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "Privacy Center needs Python 3.12 or newer, and there is none on the PATH." >&2
    echo "On Debian or Ubuntu: apt-get install python3 python3-venv. Elsewhere: https://www.python.org/downloads/" >&2
    exit 1
}

if ! new_enough $venv/bin/python; then
    python=$(find_python)
    rm -rf $venv
    if ! "$python" -m venv $venv >/dev/null 2>&1 || ! $venv/bin/python -m pip --version >/dev/null 2>&1; then
        rm -rf $venv
        echo "$python can not make a virtual environment: its modules venv and ensurepip are missing." >&2
        echo "On Debian or Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi

if ! cmp -s requirements.lock $installed; then
    echo "installing the packages of requirements.lock (once, a minute or two) …" >&2
    $venv/bin/python -m pip install -qq --disable-pip-version-check --no-input --require-hashes -r requirements.lock
    cp requirements.lock $installed
fi
# So that every program in .venv finds the project, wherever it is started.
pwd > "$($venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/privacy-center.pth"
