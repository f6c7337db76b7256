"""What was decided, written out for an audit."""

import csv
import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.subjects.life import open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from consents.choices.models import Event
from tests.consents.imports import SAID_AT, line, take, words_of
from tests.consents.purposes import make_purpose, say

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads")
    make_purpose("mail")


def exported(tmp_path: Path, form: str = "csv", **options: object) -> list[dict[str, Any]]:
    path = tmp_path / f"export-{timezone.now().timestamp()}.{form}"
    call_command("export_choices", path, **options)
    with path.open(newline="") as file:
        return [json.loads(row) for row in file] if form == "jsonl" else list(csv.DictReader(file))


def test_each_event_is_one_row_and_one_says_that_it_holds(alice, bob, tmp_path):
    take(line(alice))
    say(alice, ads=False, evidence={"address": "192.0.2.7"})
    first, second = exported(tmp_path)
    event = Event.objects.order_by("id").first()
    assert first == {
        "id": str(event.pk),
        "subject": str(alice.subject.pk),
        "merged_into": "",
        "purpose": "ads",
        "version": "1",
        "text_sha256": words_of("ads"),
        "language": "en",
        "policy": "",
        "policy_version": "",
        "decision": "granted",
        "method": "import",
        "actor": "",
        "recorder": "",
        "jurisdiction": "EU_GDPR",
        "said_at": SAID_AT.replace("Z", "+00:00"),
        "received_at": event.received_at.isoformat(),
        "client_id": event.client_id,
        "holds": "false",
    }
    assert (second["decision"], second["holds"]) == ("withdrawn", "true")
    assert "192.0.2.7" not in str(second)


def test_json_lines_say_the_same(alice, tmp_path):
    say(alice, ads=True)
    (row,) = exported(tmp_path, "jsonl")
    assert (row["subject"], row["version"], row["actor"], row["holds"]) == (str(alice.subject.pk), 1, None, True)


def test_purposes_and_times_can_be_chosen(alice, tmp_path):
    say(alice, ads=True, mail=False)
    now = timezone.now()
    assert [row["purpose"] for row in exported(tmp_path, purpose="mail")] == ["mail"]
    assert exported(tmp_path, since=now + timedelta(minutes=1)) == []
    assert len(exported(tmp_path, since=now - timedelta(minutes=1), until=now + timedelta(minutes=1))) == 2


def test_what_a_guest_said_is_told_with_who_they_turned_out_to_be(alice, tmp_path):
    guest = open_subject(Subject.Stage.GUEST)
    say(guest, ads=True)
    merge(guest, alice.subject)
    (row,) = exported(tmp_path)
    assert (row["subject"], row["merged_into"], row["holds"]) == (str(guest.pk), str(alice.subject.pk), "true")


def test_the_hash_of_the_file_is_told_and_no_file_is_overwritten(alice, tmp_path, capsys):
    say(alice, ads=True)
    path = tmp_path / "choices.csv"
    call_command("export_choices", path)
    assert capsys.readouterr().err == f"1 choice. SHA-256 {sha256(path.read_bytes()).hexdigest()}\n"
    with pytest.raises(CommandError, match="File exists"):
        call_command("export_choices", path)


def test_it_can_go_into_a_pipe(alice, capsys):
    say(alice, ads=True)
    call_command("export_choices", format="jsonl")
    assert json.loads(capsys.readouterr().out)["purpose"] == "ads"


def test_a_wish_that_makes_no_sense_is_refused(db):
    with pytest.raises(CommandError, match="no purpose nothing"):
        call_command("export_choices", purpose="nothing")
    with pytest.raises(CommandError, match="time with its zone"):
        call_command("export_choices", "--since=2026-01-01")
