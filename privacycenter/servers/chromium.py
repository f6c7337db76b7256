"""The browser of the scanner and of the browser tests: the system's own, as one that a tool downloads is not always to
be had.
"""

import os
import shutil
import subprocess
import sys

# With one family of fonts, as a page without any has no measures.
PACKAGES = ("chromium", "fonts-liberation")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find(named: str = "") -> str | None:
    """What is named goes first, here or as CHROMIUM in the environment."""
    if named := named or os.environ.get("CHROMIUM", ""):
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure() -> str | None:
    """Find one, or install Debian's where we may; says what it does."""
    path, apt_get = find(), shutil.which("apt-get")
    if not path and apt_get and os.geteuid() == 0:
        print("installing Chromium for the browser tests …", file=sys.stderr)
        _install(apt_get)
        path = find()
    if not path:
        print(
            "There is no Chromium, so the browser tests will not run. Install the package chromium of your system, "
            "or name a browser: make test CHROMIUM=/path/to/chromium",
            file=sys.stderr,
        )
    return path


def _install(apt_get: str) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *PACKAGES]):
        if subprocess.run([apt_get, *command], env=environment, stdout=sys.stderr, check=False).returncode:
            print(f"apt-get {command[0]} failed.", file=sys.stderr)
            return
