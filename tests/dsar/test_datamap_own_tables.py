"""Behaviours 1, 2, 4, 13, 16, 17, 24: a copy and an erasure of our own tables."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction

from accounts.guardians.models import Guardianship
from accounts.subjects.life import entomb, open_account
from accounts.subjects.models import Subject
from accounts.users.models import Profile, User
from dsar.datamap import own
from dsar.datamap.declarations import Delete, Keep
from dsar.datamap.own import PrivacyCenter
from dsar.datamap.plain import plain
from dsar.datamap.systems import Action, Ending, Identities, Outcome
from dsar.datamap.ways import declared, rows_of
from tests.rows import Rows, contents, drop_check_constraints

system = PrivacyCenter()


def who(user: User) -> Identities:
    assert user.subject is not None
    return Identities.of(user.subject)


@pytest.fixture
def alices(alice: User, charlie: User) -> Rows:
    """Both have signed up before, so that signing up does nothing about the rows made here."""
    drop_check_constraints()
    return Rows(alice)


@pytest.fixture
def charlies(charlie: User, alices: Rows) -> Rows:
    return Rows(charlie)


def test_every_field_that_is_declared_as_shown_is_seen_in_the_copy(alices: Rows, alice: User) -> None:
    for model, declaration in declared().items():
        (row,) = system.rows(who(alice), declaration.label) if declaration.shown else [{}]
        assert list(row) == list(declaration.shown), declaration.label
        for name, value in row.items():
            field = model._meta.get_field(name)
            assert value is not None, f"{declaration.label}.{name}"
            if not field.is_relation:
                assert value == plain(getattr(alices.rows[model], name)), f"{declaration.label}.{name}"


def test_a_copy_shows_what_is_sealed_and_leaves_out_what_was_not_declared(alice: User) -> None:
    (profile,) = system.rows(who(alice), "users.Profile")
    assert profile == {"full_name": "Alice Example", "phone": None, "birth_date": "1985-05-17"}
    (account,) = system.rows(who(alice), "users.User")
    assert "password" not in account


def test_a_copy_has_nothing_of_anybody_else(alices: Rows, charlies: Rows, alice: User, charlie: User) -> None:
    """A canary in every text of Charlie's rows."""
    copy = [row for each in system.collections() for row in system.rows(who(alice), each.name)]
    strangers = [str(charlies.subject.pk), charlie.email]
    for model, declaration in declared().items():
        values = contents(model, charlies.rows[model].pk)
        strangers += [str(values[name]) for name in declaration.shown if isinstance(values.get(name), str)]
    mine = {str(value) for row in copy for value in row.values()}
    shared = {value for model in declared() for value in map(str, contents(model, alices.rows[model].pk).values())}
    assert mine & (set(strangers) - shared) == set()


def test_a_row_of_two_people_does_not_name_the_other(bob: User, mia: User) -> None:
    (row,) = system.rows(who(bob), "guardians.Guardianship")
    assert str(mia.subject_id) not in str(row)


def test_a_subject_that_nobody_knows_has_an_empty_copy(db: None) -> None:
    nobody = Identities(uuid4(), "nobody@example.org")
    assert set(system.held(nobody).values()) == {0}
    assert [row for each in system.collections() for row in system.rows(nobody, each.name)] == []


def test_counting_what_is_held_is_one_statement(alice: User, django_assert_num_queries: Any) -> None:
    asked = who(alice)
    with django_assert_num_queries(1):
        assert system.held(asked)["users.User"] == 1


def test_a_row_of_two_people_is_found_by_an_index(alice: User) -> None:
    rows = Guardianship.objects.filter(rows_of(declared()[Guardianship], alice.subject.pk))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "Seq Scan" not in rows.explain()


def test_a_copy_streams_from_a_cursor_on_the_server(alice: User, django_assert_num_queries: Any) -> None:
    Guardianship.objects.bulk_create(
        Guardianship(minor=open_account(), guardian=alice.subject) for _number in range(30)
    )
    own_batch, own.BATCH = own.BATCH, 10
    try:
        rows = system.rows(who(alice), "guardians.Guardianship")
        with django_assert_num_queries(1):
            assert len(list(rows)) == 30
    finally:
        own.BATCH = own_batch


def test_an_erasure_ends_every_declared_row_and_no_one_elses(alices: Rows, charlies: Rows, alice: User) -> None:
    before = {model: contents(model, charlies.rows[model].pk) for model in declared()}
    outcomes = {outcome.collection: outcome for outcome in system.erase(who(alice))}
    for model, declaration in declared().items():
        outcome = outcomes[declaration.label]
        assert outcome.rows == 1, declaration.label
        rows = model._base_manager.filter(pk=alices.rows[model].pk)
        assert rows.exists() == (not isinstance(declaration.erasure, Delete)), declaration.label
        if isinstance(declaration.erasure, Keep):
            assert (outcome.action, outcome.law) == (Action.KEEP, declaration.erasure.law)
            assert outcome.until is not None
    assert {model: contents(model, charlies.rows[model].pk) for model in declared()} == before
    assert system.remaining(who(alice)) == {}


def test_the_rehearsal_says_what_the_erasure_then_does_and_changes_nothing(alices: Rows, alice: User) -> None:
    before = {model: contents(model, alices.rows[model].pk) for model in declared()}
    rehearsed = system.counts(who(alice))
    assert {model: contents(model, alices.rows[model].pk) for model in declared()} == before
    assert system.erase(who(alice)) == rehearsed


def test_erasing_twice_is_the_same_as_once(alices: Rows, alice: User) -> None:
    asked = who(alice)
    system.erase(asked)
    kept = {model: alices.rows[model].pk for model, said in declared().items() if not isinstance(said.erasure, Delete)}
    before = {model: contents(model, pk) for model, pk in kept.items()}
    again = system.erase(asked)
    assert {outcome.rows for outcome in again if outcome.action == Action.DELETE} == {0}
    assert {model: contents(model, pk) for model, pk in kept.items()} == before


def test_an_erasure_that_fails_leaves_everything_as_it_was(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The crash comes after every row has gone, just before the end."""

    def crash() -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(connection, "check_constraints", crash)
        with pytest.raises(ConnectionError):
            system.erase(who(alice))
    assert Profile.objects.filter(subject=alice.subject).exists()
    assert User.objects.filter(pk=alice.pk).exists()


def test_what_a_stranger_could_not_be_without_stops_the_erasure(alice: User) -> None:
    """A table that nobody thought of points at Alice's account: the rehearsal finds it, and nothing is half erased."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE forgotten (user_id uuid NOT NULL REFERENCES users_user DEFERRABLE INITIALLY DEFERRED)"
        )
        cursor.execute("INSERT INTO forgotten VALUES (%s)", [alice.pk])
    for attempt in (system.counts, system.erase):
        with pytest.raises(IntegrityError), transaction.atomic():
            attempt(who(alice))
        assert User.objects.filter(pk=alice.pk).exists()


def test_an_erasure_ends_the_sessions_too(alice: User, charlie: User, client_for: Any) -> None:
    client_for(alice)
    client_for(charlie)
    assert Session.objects.count() == 2
    system.counts(who(alice))
    assert Session.objects.count() == 2
    system.erase(who(alice))
    assert [session.get_decoded()["_auth_user_id"] for session in Session.objects.all()] == [str(charlie.pk)]


def test_an_erasure_can_be_one_transaction_with_the_tombstone(alice: User) -> None:
    assert alice.subject is not None

    @transaction.atomic
    def finish(subject: Subject) -> None:
        own.erase(who(alice))
        entomb(subject, evidence_until=date(2030, 1, 1))
        raise ConnectionError

    with pytest.raises(ConnectionError):
        finish(alice.subject)
    assert User.objects.filter(pk=alice.pk).exists()
    alice.subject.refresh_from_db()
    assert alice.subject.stage == "account"


def test_who_works_here_too_keeps_the_sign_in_for_that_alone(alice: User) -> None:
    """Alice is a customer and staff: the customer is erased, the deeds of staff stay on record."""
    LogEntry.objects.create(user=alice, action_flag=1)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    asked = who(alice)
    system.erase(asked)
    alice.refresh_from_db()
    assert alice.subject is None
    assert LogEntry.objects.filter(user=alice).exists()
    assert system.remaining(asked) == {}


def test_what_only_joins_the_account_to_staffs_tables_goes_with_it(alice: User) -> None:
    alice.groups.add(Group.objects.create(name="anything"))
    system.erase(who(alice))
    assert not User.objects.filter(pk=alice.pk).exists()


def test_the_re_scan_finds_a_row_that_came_after_the_erasure(alice: User) -> None:
    system.erase(who(alice))
    assert system.remaining(who(alice)) == {}
    assert alice.subject is not None
    Profile.objects.create(subject=alice.subject, full_name="Alice again")
    assert system.remaining(who(alice)) == {"users.Profile": 1}


def test_each_kept_collection_says_why_by_which_law_and_how_long(alice: User) -> None:
    kept = [each.erasure for each in system.collections() if each.erasure.action == Action.KEEP]
    assert kept
    for ending in kept:
        assert ending.ground
        assert ending.law
        assert str(ending.why)
        assert ending.until_in_words
        assert ending.until() is not None


def test_an_outcome_names_no_end_for_what_is_gone() -> None:
    assert Outcome.of("users.User", Ending(Action.DELETE), 3) == Outcome("users.User", Action.DELETE, 3)


def test_identities_do_not_show_themselves(alice: User) -> None:
    assert alice.email not in repr(who(alice))
    assert str(alice.subject_id) not in repr(who(alice))
