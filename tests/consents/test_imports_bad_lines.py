"""A file with a bad line is not taken over, and the report says which line and why, but never what stands in it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.calls.refusals import Refusal
from accounts.subjects.life import entomb, freeze
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.models import Current, Event
from consents.imports.bring_in import FileChanged
from consents.imports.models import Import, Line
from consents.imports.records import LONGEST_LINE
from tests.consents.imports import as_csv, as_json_lines, faults, file_of, line, take, take_bytes
from tests.consents.purposes import make_purpose

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def purposes(db: None) -> None:
    make_purpose("ads")
    make_purpose("service", essential=True)
    Purpose.objects.filter(pk=make_purpose("old").pk).update(retired_at=timezone.now())


def nothing_came_in() -> bool:
    return not (Event.objects.exists() or Current.objects.exists() or Line.objects.exists())


@pytest.mark.parametrize(
    ("changed", "column", "fault"),
    [
        ({"subject": ""}, "subject", "missing"),
        ({"subject": "17"}, "subject", "not-a-number"),
        ({"subject": "0199f0aa-0000-7000-8000-000000000000"}, "subject", "unknown-subject"),
        ({"address": "alice@example.org"}, "address", "two-names"),
        ({"subject": "", "address": "alice"}, "address", "not-an-address"),
        ({"subject": "", "address": "a\tb@example.org"}, "address", "not-an-address"),
        ({"subject": "", "address": "a\\b@example.org"}, "address", "not-an-address"),
        ({"purpose": "nothing"}, "purpose", "unknown-purpose"),
        ({"purpose": "service"}, "purpose", "not-optional"),
        ({"purpose": "old"}, "purpose", "retired-purpose"),
        ({"decision": "yes"}, "decision", "unknown-decision"),
        ({"decision": ""}, "decision", "unknown-decision"),
        ({"said_at": ""}, "said_at", "missing"),
        ({"said_at": "yesterday"}, "said_at", "not-a-time"),
        ({"said_at": "2024-03-01"}, "said_at", "not-a-time"),
        ({"said_at": "2024-03-01T10:00:00"}, "said_at", "not-a-time"),
        ({"said_at": "0001-01-01T00:00:00+14:00"}, "said_at", "not-a-time"),
        ({"said_at": "9999-12-31T23:59:59-14:00"}, "said_at", "clock-ahead"),
        ({"said_at": "2999-01-01T00:00:00+00:00"}, "said_at", "clock-ahead"),
        ({"text_sha256": ""}, "text_sha256", "text-missing"),
        ({"text_sha256": "ab" * 32}, "text_sha256", "unknown-text"),
        ({"decision": "refused", "text_sha256": "ab" * 32}, "text_sha256", "unknown-text"),
        ({"language": "tlh"}, "language", "unknown-language"),
        ({"version": "2"}, "version", "unknown-version"),
        ({"version": "0"}, "version", "unknown-version"),
        ({"version": "٣"}, "version", "unknown-version"),
    ],
    ids=str,
)
def test_each_fault_has_its_name(alice, bob, changed, column, fault):
    source = take(line(bob), line(alice) | changed)
    assert faults(source) == [(3, column, fault)]
    assert (source.state, source.lines, source.bad, source.recorded) == ("refused", 2, 1, 0)
    assert nothing_came_in()


def test_the_erased_have_nothing_to_say(alice):
    entomb(alice.subject, evidence_until=timezone.localdate())
    assert faults(take(line(alice, decision="refused"))) == [(2, "subject", "erased")]


def test_who_asked_for_erasure_allows_nothing(alice):
    freeze(alice.subject)
    assert faults(take(line(alice))) == [(2, "decision", "erasure-asked")]


def test_a_minor_allows_nothing_alone(mia, bob):
    assert faults(take(line(bob), line("mia@example.org"))) == [(3, "decision", "guardian-needed")]


def test_nobody_becomes_a_guest_by_a_file_that_is_refused():
    take(line("new@example.org"), line("new@example.org", purpose="ads", decision="perhaps"))
    assert not Subject.objects.filter(stage="guest").exists()


def test_the_good_lines_may_be_taken_over_without_the_bad(alice, bob):
    source = take(line(alice, decision="maybe"), line(bob), except_bad=True)
    assert (source.state, source.bad, source.recorded) == ("done", 1, 1)
    assert faults(source) == [(2, "decision", "unknown-decision")]
    assert Event.objects.get().subject == bob.subject


def test_a_refused_file_may_become_good(alice):
    good = line(alice)
    data = as_csv(good | {"purpose": "later"})
    assert take_bytes(data).state == "refused"
    make_purpose("later", en="Ads")
    source = take_bytes(data)
    assert (source.state, faults(source)) == ("done", [])


def test_broken_utf_8_is_told_with_its_line(alice, bob):
    data = as_csv(line(bob), line(alice)).replace(b"ads,granted", b"ads\xff,granted")
    assert faults(take_bytes(data)) == [(2, "", "not-text"), (3, "", "not-text")]


def test_lines_are_counted_as_an_editor_counts_them(alice, bob):
    data = as_csv(line(bob, language="\n\n"), line(alice) | {"purpose": "nothing"})
    assert faults(take_bytes(data)) == [(2, "language", "unknown-language"), (5, "purpose", "unknown-purpose")]


@pytest.mark.parametrize(
    "ending",
    [b"one,two\n", b'"never closed\n', b'"a"b,c\n', b"\x00,\x00,\x00,\x00,\x00\n"],
    ids=["columns", "open", "quotes", "nul"],
)
def test_a_line_that_is_no_record_is_told(alice, ending):
    source = take_bytes(as_csv(line(alice)) + ending)
    assert source.state == "refused"
    assert [number for number, _column, _fault in faults(source)] == [3]


@pytest.mark.parametrize(
    "wrong",
    [
        b"{",
        b"[]",
        b'"text"',
        b'{"subject": "a", "subject": "b"}',
        b'{"subject": {"purpose": "ads"}}',
        b'{"stranger": "a"}',
        b'{"version": NaN}',
        b'{"version": true}',
        b"[" * 60_000,
        b'{"address": "\\ud800@example.org"}',
        b"\xff",
    ],
    ids=str,
)
def test_a_line_that_is_no_json_record_is_told(alice, wrong):
    source = take_bytes(as_json_lines(line(alice)) + wrong + b"\n", "jsonl")
    assert source.state == "refused"
    assert [number for number, _column, _fault in faults(source)] == [2]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "missing-columns"),
        (b"subject,purpose,decision\n", "missing-columns"),
        (b"purpose,decision,said_at\n", "missing-columns"),
        (b"subject,purpose,decision,said_at,name\n", "unknown-columns"),
        (b"subject,subject,purpose,decision,said_at\n", "unknown-columns"),
        (b"subject,purpose,decision,said_at\n" + b"x" * LONGEST_LINE, "too-long"),
    ],
    ids=str,
)
def test_a_file_that_is_none_is_refused_as_a_whole(data, code):
    with pytest.raises(Refusal) as refused:
        take_bytes(data)
    assert refused.value.code == code
    assert not Import.objects.exists()


def test_a_file_that_changes_while_it_is_read_is_refused(alice, monkeypatch):
    from consents.imports import bring_in

    def rows(file, *arguments):
        Path(file.name).write_bytes(b"")
        return iter(())

    monkeypatch.setattr(bring_in, "rows", rows)
    with pytest.raises(FileChanged):
        take(line(alice))
    assert not Import.objects.exists()


def test_the_report_names_lines_and_columns_and_nothing_that_stands_there(alice, capsys):
    with (
        file_of(as_csv(line(alice), line("secret@example.org") | {"purpose": "hidden@example.org"})) as path,
        pytest.raises(CommandError) as ended,
    ):
        call_command("import_choices", path, connections=1)
    assert capsys.readouterr().out == "line 3: purpose: There is no such purpose.\n"
    assert str(ended.value) == "1 bad line of 2. Nothing was imported."


def test_of_many_bad_lines_each_is_told_in_order(alice, capsys):
    lines = [line(alice, decision="perhaps") for _number in range(2500)]
    assert [number for number, _column, _fault in faults(take(*lines))] == list(range(2, 2502))


def test_a_moment_more_than_five_minutes_ahead_is_told(alice):
    source = take(line(alice) | {"said_at": (timezone.now() + timedelta(minutes=6)).isoformat()})
    assert faults(source) == [(2, "said_at", "clock-ahead")]
