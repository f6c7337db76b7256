"""Settings are read in a process of their own, as a deployment reads them."""

import base64
import os
import subprocess
import sys

import pytest
from django.conf import settings

GOOD = {
    "SECRET_KEY": "s" * 60,
    "MASTER_KEYS": "2026:" + base64.b64encode(b"k" * 32).decode(),
    "SIGNING_KEY": base64.b64encode(b"s" * 32).decode(),
    "ADDRESS_KEY": base64.b64encode(b"a" * 32).decode(),
    "DATABASE_URL": "postgres://localhost/privacycenter",
    "CACHE_URL": "redis://localhost/1",
    "CELERY_BROKER_URL": "redis://localhost/0",
    "SMTP_URL": "smtp://localhost:25",
    "BASE_URL": "https://privacy.example.org",
}


def start(**changed: str | None) -> str:
    environment = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    code = "from django.conf import settings; settings.DEBUG; print('started', settings.SESSION_COOKIE_SECURE)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "privacycenter.settings", **environment},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_it_starts_with_all_it_needs():
    assert "started True" in start()


@pytest.mark.parametrize("name", sorted(GOOD))
def test_it_refuses_to_start_when_a_setting_is_missing(name):
    assert f"{name} is not set" in start(**{name: None})


def test_production_refuses_a_demo_secret():
    assert "demo secret" in start(SECRET_KEY="demo-" + "s" * 50)
    assert "demo secret" in start(MASTER_KEYS="demo:" + base64.b64encode(b"k" * 32).decode())


def test_production_shows_no_mailbox(tmp_path):
    code = "from django.conf import settings; print(settings.MAIL_DIR)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "privacycenter.settings",
            **GOOD,
            "MAIL_DIR": str(tmp_path),
        },
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "None"


def test_a_secret_may_come_from_a_file(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s" * 60 + "\n")
    assert "started" in start(SECRET_KEY=None, SECRET_KEY_FILE=str(secret))


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY_FILE", "/nowhere/at/all", "can not be read"),
        ("MASTER_KEYS", "2026:short", "base64-of-32-bytes"),
        ("SIGNING_KEY", "not base64!", "SIGNING_KEY"),
        ("FORMER_SIGNING_KEYS", "short", "FORMER_SIGNING_KEYS"),
        ("BASE_URL", "privacy.example.org", "public address"),
        ("SMTP_URL", "http://localhost", "SMTP_URL must look like"),
        ("DEMO", "yes", "DEMO must be 1 or 0"),
        ("ERASURE_GRACE", "two weeks", "ISO 8601"),
        ("TRUSTED_PROXIES", "-1", "whole number"),
        ("NOTICE_RATE", "many", "whole number"),
        ("NOTICE_MAX_FAILURES", "5 %", "a share between 0 and 1"),
        ("NOTICE_MAX_FAILURES", "1.5", "a share between 0 and 1"),
        ("WEBHOOK_NETWORKS", "10.0.0.1/8", "networks such as"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name, value, complaint):
    assert complaint in start(**{name: value})


def test_the_readme_lists_every_setting():
    import re

    files = [settings.BASE_DIR / "privacycenter" / name for name in ("settings.py", "scanner.py", "campaigns.py")]
    source = "".join(file.read_text() for file in files)
    names = set(re.findall(r"env\.\w+\(\s*\"([A-Z][A-Z_]+)\"", source))
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", (settings.BASE_DIR / "README.md").read_text(), re.MULTILINE))
    assert names == table
