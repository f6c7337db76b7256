"""A rehearsal keeps nothing, an import that was interrupted goes on, and people may choose meanwhile."""

from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.subjects.life import entomb, freeze, open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Address, Subject
from accounts.users.models import User
from consents.choices.current import standing
from consents.choices.may import may
from consents.choices.models import Current, Event
from consents.imports import bring_in as act
from consents.imports import queue
from consents.imports.bring_in import BeingImported, HalfWritten
from consents.imports.models import Import, Line
from consents.imports.write import write as write_batch
from tests.consents.imports import as_csv, faults, file_of, line, take, take_bytes
from tests.consents.purposes import make_purpose, say
from tests.people import person

# Said here, because the fixture below asks for the database only when it runs.
pytestmark = pytest.mark.django_db


class Killed(Exception):
    pass


@pytest.fixture(autouse=True)
def small_batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    request.getfixturevalue("transactional_db" if "crowd" in request.fixturenames else "db")
    make_purpose("ads")
    monkeypatch.setattr(queue, "BATCH", 2)


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The import does not survive its second batch."""

    def first(source: Import, batch: int) -> None:
        if Event.objects.exists():
            raise Killed
        write_batch(source, batch)

    monkeypatch.setattr(act, "write", first)
    return monkeypatch


@pytest.fixture
def crowd(transactional_db: None) -> list[User]:
    return [person(f"Somebody{number}", password=None) for number in range(40)]


def test_a_rehearsal_does_everything_and_keeps_nothing(alice, bob):
    source = take(line(alice), line(bob), line("new@example.org"), rehearse=True)
    assert (source.state, source.lines, source.bad, source.guests, source.recorded) == ("rehearsed", 3, 0, 1, 0)
    assert not any(model.objects.exists() for model in (Event, Current, Line))
    assert not Subject.objects.filter(stage="guest").exists()
    assert not Address.objects.filter(subject__stage="guest").exists()
    assert take(line(alice), line(bob), line("new@example.org")).recorded == 3


def test_a_rehearsal_meets_what_the_real_thing_would_meet(alice):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE choices_event ADD CONSTRAINT nothing_by_import CHECK (method <> 'import')")
    with pytest.raises(Exception, match="nothing_by_import"), transaction.atomic():
        take(line(alice), rehearse=True)


def test_who_was_interrupted_goes_on_with_what_is_left(alice, bob, charlie, killed):
    data = as_csv(*[line(who) for who in (alice, bob, charlie, "new@example.org")])
    with pytest.raises(Killed):
        take_bytes(data)
    source = Import.objects.get()
    assert (source.state, Event.objects.count(), Line.objects.count()) == ("writing", 2, 2)
    killed.undo()
    source = take_bytes(data)
    assert (source.state, source.recorded, Line.objects.count()) == ("done", 4, 0)
    assert sorted(Event.objects.values_list("client_id", flat=True)) == [f"{source.client_id}{n}" for n in range(2, 6)]
    assert Current.objects.count() == 4


def test_a_batch_is_written_whole_or_not_at_all(alice, bob, monkeypatch):
    from consents.imports import write

    monkeypatch.setattr(write, "WRITE", write.WRITE + " RETURNING 1 / 0")
    with pytest.raises(Exception, match="division by zero"), transaction.atomic():
        take(line(alice), line(bob))
    assert not Event.objects.exists()


def test_what_is_half_written_is_not_rehearsed(alice, bob, charlie, killed):
    lines = [line(who) for who in (alice, bob, charlie)]
    with pytest.raises(Killed):
        take(*lines)
    with pytest.raises(HalfWritten):
        take(*lines, rehearse=True)


def test_who_was_erased_merged_or_frozen_meanwhile_is_seen_as_they_are_now(alice, bob, charlie, killed):
    guest = open_subject(Subject.Stage.GUEST)
    data = as_csv(line(alice), line(bob), line(bob, decision="refused"), line(charlie), line(guest))
    with pytest.raises(Killed):
        take_bytes(data)
    killed.undo()
    done = set(Event.objects.values_list("subject", flat=True))
    waiting = [who for who in (alice.subject, bob.subject, charlie.subject, guest) if who.pk not in done]
    assert guest in waiting
    merge(guest, charlie.subject)
    if bob.subject in waiting:
        freeze(bob.subject)
    entomb(charlie.subject, evidence_until=timezone.localdate())
    source = take_bytes(data)
    assert (source.state, source.recorded) == ("done", 5 - source.problems.count())
    assert (6, "subject", "erased") in faults(source)
    assert not Event.objects.filter(subject=guest).exists()
    assert not may(bob.subject, "ads")


def test_the_command_tells_what_would_be_and_what_is(alice, capsys):
    with file_of(as_csv(line(alice), line("new@example.org"))) as path:
        call_command("import_choices", path, dry_run=True)
        assert capsys.readouterr().out == ("Would be recorded: 2. Guests who would be new: 1. Nothing was kept.\n")
        call_command("import_choices", path, connections=1)
        assert capsys.readouterr().out == "Choices recorded: 2. New guests: 1.\n"


def test_the_command_refuses_what_it_does_not_know(tmp_path):
    with pytest.raises(CommandError, match="csv, jsonl"):
        call_command("import_choices", tmp_path / "choices.xls")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_choices", tmp_path / "choices.csv")
    with pytest.raises(CommandError, match="SLUG=SHA256"):
        call_command("import_choices", tmp_path / "choices.csv", "--words=ads")


def test_several_connections_write_what_one_would(crowd):
    lines = [
        line(who, decision=decision, said_at=f"2024-03-0{day}T10:00:00Z")
        for day, decision in ((1, "granted"), (2, "refused"))
        for who in crowd
    ]
    assert take(*lines, connections=4).recorded == 80
    assert Event.objects.count() == 80
    assert {current.decision for current in Current.objects.all()} == {"withdrawn"}


def test_a_fault_in_one_connection_ends_the_others_and_the_rest_can_be_done_later(crowd, monkeypatch):
    lines = [line(who) for who in crowd]

    def fragile(source: Import, batch: int) -> None:
        if batch == 7:
            raise Killed
        write_batch(source, batch)

    monkeypatch.setattr(act, "write", fragile)
    with pytest.raises(Killed):
        take(*lines, connections=3)
    monkeypatch.setattr(act, "write", write_batch)
    assert Import.objects.get().state == "writing"
    assert take(*lines, connections=3).recorded == 40
    assert Event.objects.count() == 40


def test_a_file_is_imported_by_one_at_a_time(crowd, monkeypatch):
    lines, met = [line(who) for who in crowd], []

    def second() -> None:
        try:
            take(*lines)
        except BeingImported as refusal:
            met.append(refusal)
        finally:
            connection.close()

    def first(source: Import, batch: int) -> None:
        if not met:
            thread = Thread(target=second)
            thread.start()
            thread.join()
        write_batch(source, batch)

    monkeypatch.setattr(act, "write", first)
    assert take(*lines).recorded == 40
    assert len(met) == 1


def test_people_who_choose_meanwhile_have_the_last_word(crowd):
    lines = [line(who) for who in crowd]

    def choose() -> None:
        try:
            for who in reversed(crowd):
                say(who, ads=False)
        finally:
            connection.close()

    thread = Thread(target=choose)
    thread.start()
    take(*lines, connections=3)
    thread.join()
    assert not any(may(who.subject, "ads") for who in crowd)
    for who in crowd:
        history = list(Event.objects.filter(subject=who.subject).order_by("id"))
        assert Current.objects.get(subject=who.subject).event == standing(history)
