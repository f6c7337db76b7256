"""`manage.py verify_receipt`: what a court's expert would run, with a receipt and a saved file of keys."""

import json
import os
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from consents.choices import receipts
from tests.consents.receipts import decide, rich_purpose


@pytest.fixture
def files(db, alice, client, tmp_path: Path) -> dict[str, Path]:
    rich_purpose()
    decide(alice, ads=True)
    decide(alice, ads=False)
    genuine = list(receipts.all_of(alice.subject))
    contents: dict[str, Any] = {
        "one": genuine[0],
        "all": genuine,
        "forged": genuine[0] | {"dct:created": "2020-01-01T00:00:00Z"},
        "mixed": [genuine[0], genuine[1] | {"dct:created": "2020-01-01T00:00:00Z"}],
        "keys": client.get("/.well-known/privacy-center-keys.json").json(),
        "no_keys": {"keys": "none"},
        "one_of_no_use": {"keys": [{"kid": genuine[0]["proof"]["verificationMethod"].rpartition("#")[2]}]},
        "empty": [],
    }
    for name, content in contents.items():
        (tmp_path / name).write_text(json.dumps(content))
    (tmp_path / "text").write_text("nonsense")
    return {path.name: path for path in tmp_path.iterdir()}


def run(file: Path, **options: Any) -> tuple[str, str]:
    """What is said, and the complaint at the end if there is one."""
    said = StringIO()
    try:
        call_command("verify_receipt", file, stdout=said, **options)
    except CommandError as error:
        return said.getvalue(), str(error)
    return said.getvalue(), ""


def test_a_genuine_receipt_is_told_with_what_it_says(files):
    for keys in ({}, {"keys": files["keys"]}):
        said, complaint = run(files["one"], **keys)
        assert ": genuine." in said
        assert "Decision: Withdrawn" in said
        assert "About: Personal ads" in said
        assert not complaint


def test_a_list_is_checked_in_one_go(files):
    said, complaint = run(files["all"])
    assert said.count(": genuine.") == 2
    assert not complaint


def test_an_altered_receipt_is_told_and_fails_the_command(files):
    said, complaint = run(files["forged"])
    assert "not genuine." in said
    assert "It was changed after we signed it" in said
    assert "About:" not in said
    assert complaint == "1 of 1 not genuine."
    said, complaint = run(files["mixed"])
    assert (said.count(": genuine."), said.count(": not genuine."), complaint) == (1, 1, "1 of 2 not genuine.")


def test_with_other_keys_than_ours_nothing_is_genuine(files, settings):
    settings.SIGNING_KEY = b"e" * 32
    assert "not signed with one of our keys" in run(files["one"])[0]
    assert ": genuine." in run(files["one"], keys=files["keys"])[0]


@pytest.mark.parametrize(
    ("name", "keys", "complaint"),
    [
        ("text", None, "no JSON"),
        ("empty", None, "There is no receipt in it."),
        ("missing", None, "missing can not be read: No such file"),
        ("one", "missing", "missing can not be read: No such file"),
        ("one", "text", "it is not JSON"),
        ("one", "no_keys", "it lists none"),
        ("one", "one_of_no_use", "1 of 1 not genuine."),
    ],
)
def test_what_can_not_be_checked_is_told_in_words(files, tmp_path, name, keys, complaint):
    assert complaint in run(tmp_path / name, **({"keys": tmp_path / keys} if keys else {}))[1]


def test_it_needs_neither_the_database_nor_the_key_that_signs(files):
    elsewhere = os.environ | {
        "DJANGO_SETTINGS_MODULE": "privacycenter.settings",
        "DATABASE_URL": "postgres://nobody@localhost:1/none",
        "CACHE_URL": "redis://localhost:1/0",
        "CELERY_BROKER_URL": "redis://localhost:1/0",
        "SIGNING_KEY": "ZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWVlZWU=",
    }
    done = subprocess.run(
        [sys.executable, "manage.py", "verify_receipt", str(files["one"]), "--keys", str(files["keys"])],
        cwd=settings.BASE_DIR,
        env=elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert ": genuine." in done.stdout
