"""Other systems are searched for a person under the numbers and addresses of the guests they once were, too."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from allauth.account.models import EmailAddress
from psycopg.sql import SQL, Identifier
from sqlalchemy.dialects import postgresql

from accounts.subjects.addresses import emails_of, find, guest, know, prove
from accounts.subjects.life import open_subject
from accounts.subjects.merge import merge
from accounts.subjects.models import Subject
from accounts.users.models import User
from dsar.connectors.sql import SqlSystem
from dsar.connectors.statements import identities
from dsar.datamap.systems import Identities
from dsar.work.gather import who
from dsar.work.models import Plan, Step
from dsar.work.run import run
from dsar.work.start import begin_due
from privacycenter.demo.shop import ShopPerson, make_shop
from tests.people import person, subject_of
from tests.shop import TABLES
from tests.work import archive_of, ask_for, now, unpacked, work_off

type ShopDatabase = psycopg.Connection[dict[str, Any]]

FORMER = "Gina@Example.org"


@pytest.fixture
def gina(alice: User, shop_db: ShopDatabase) -> Subject:
    """A guest who bought something under her other address, and turned out to be Alice."""
    make_shop(shop_db.info.dsn, [ShopPerson(FORMER, "Gina Canary", orders=1, messages=2, searches=5)])
    was = guest(FORMER)
    merge(was, subject_of(alice))
    return was


def rows_of(shop_db: ShopDatabase, name: str) -> dict[str, list[dict[str, Any]]]:
    """The shop's rows about a customer, apart from those that name nobody."""
    theirs = "SELECT t.* FROM {} t JOIN customers c ON c.id = t.customer_id WHERE c.email ILIKE %s ORDER BY t.id"
    found = {
        table: shop_db.execute(SQL(theirs).format(Identifier(table)), [f"{name}@%"]).fetchall()
        for table in ("addresses", "orders", "messages")
    }
    for table in ("customers", "search_history"):
        query = SQL("SELECT * FROM {} WHERE email ILIKE %s ORDER BY id").format(Identifier(table))
        found[table] = shop_db.execute(query, [f"{name}@%"]).fetchall()
    return found


def test_a_person_is_known_by_the_numbers_and_addresses_of_all_they_were(alice: User, gina: Subject) -> None:
    device = open_subject(Subject.Stage.DEVICE)
    merge(device, subject_of(alice))
    known = Identities.of(subject_of(alice))
    assert (known.subject_id, known.email) == (alice.subject_id, "alice@example.org")
    assert known.subject_ids == (alice.subject_id, gina.pk, device.pk)
    assert known.emails == ("alice@example.org", "gina@example.org")
    assert "gina" not in repr(known)
    assert str(gina.pk) not in repr(known)


def test_a_guest_is_known_by_their_own_address_and_not_by_a_telephone(db: None) -> None:
    was = guest(FORMER)
    know(was, "+49 30 1")
    assert Identities.of(was).emails == ("gina@example.org",)


def test_the_pages_count_what_other_systems_hold_under_the_other_address(
    alice: User, gina: Subject, shop: SqlSystem
) -> None:
    first, second = (shop.held(Identities(gina.pk, f"{name}@example.org")) for name in ("alice", "gina"))
    assert all(second.values())
    both = {table: first[table] + second[table] for table in first}
    assert shop.held(Identities.of(subject_of(alice))) == both


def test_a_copy_has_the_rows_of_the_other_address(
    alice: User, gina: Subject, shop_db: ShopDatabase, tmp_path: Any
) -> None:
    theirs = rows_of(shop_db, "gina")
    assert all(theirs.values())
    asked = ask_for("access", subject_of(alice))
    work_off()
    copy = unpacked(archive_of(asked), tmp_path)
    text = "".join(each.read_text() for each in (copy / "data").rglob("*") if each.is_file())
    assert "Gina Canary" in text
    assert "Alice Example" in text
    assert "harlie" not in text
    assert all(each["number"] in text for each in theirs["orders"])


def test_an_erasure_reaches_them_and_nobody_else(
    alice: User, charlie: User, gina: Subject, shop: SqlSystem, shop_db: ShopDatabase, grace_over: Any
) -> None:
    strangers, orders = rows_of(shop_db, "charlie"), rows_of(shop_db, "gina")["orders"]
    known = Identities.of(subject_of(alice))
    asked = ask_for("erasure", subject_of(alice))
    grace_over()
    work_off()
    assert asked.plan is not None
    assert not asked.plan.steps.exclude(state=Step.State.DONE).exists()
    assert not any(rows_of(shop_db, "gina").values())
    assert not any(rows_of(shop_db, "alice").values())
    assert rows_of(shop_db, "charlie") == strangers
    assert shop.remaining(known) == {}
    left = shop_db.execute("SELECT delivery_name FROM orders WHERE number = %s", [orders[0]["number"]]).fetchone()
    assert left == {"delivery_name": None}, "the invoice is kept, without a name"
    everything = [shop_db.execute(SQL("SELECT * FROM {}").format(Identifier(table))).fetchall() for table in TABLES]
    assert "gina" not in str(everything).lower()
    gina.refresh_from_db()
    assert gina.stage == Subject.Stage.TOMBSTONE


def test_a_look_afterwards_finds_what_is_left_under_the_other_address(
    alice: User, gina: Subject, shop: SqlSystem
) -> None:
    shop.erase(Identities(subject_of(alice).pk, alice.email))
    assert shop.remaining(Identities.of(subject_of(alice)))["search_history"] == 5


def test_a_guest_who_turns_out_to_be_the_person_while_the_work_goes_on_is_reached_too(
    alice: User, shop: SqlSystem, shop_db: ShopDatabase, grace_over: Any
) -> None:
    make_shop(shop_db.info.dsn, [ShopPerson(FORMER, "Gina Canary")])
    asked = ask_for("erasure", subject_of(alice))
    merge(guest(FORMER), subject_of(alice))
    assert asked.plan is not None
    assert who(asked.plan).emails == ("alice@example.org", "gina@example.org")
    grace_over()
    work_off()
    assert not any(rows_of(shop_db, "gina").values())


def test_a_guest_who_turns_out_to_be_the_person_after_a_system_was_searched_is_looked_for_there_as_well(
    alice: User, shop: SqlSystem, shop_db: ShopDatabase, grace_over: Any
) -> None:
    make_shop(shop_db.info.dsn, [ShopPerson(FORMER, "Gina Canary")])
    asked = ask_for("erasure", subject_of(alice))
    grace_over()
    begin_due()
    for action in (Step.Action.ERASE, Step.Action.VERIFY):
        run(str(Step.objects.get(action=action).pk))
    assert any(rows_of(shop_db, "gina").values())
    was = guest(FORMER)
    merge(was, subject_of(alice))
    run(str(Step.objects.get(action=Step.Action.FINISH).pk))
    finish = Step.objects.get(action=Step.Action.FINISH)
    assert (finish.state, finish.error) == (Step.State.WAITING, "rows-remain")
    Step.objects.update(next_try_at=now())
    work_off()
    assert asked.plan is not None
    assert Plan.objects.get(pk=asked.plan.pk).state == Plan.State.DONE
    assert not any(rows_of(shop_db, "gina").values())
    was.refresh_from_db()
    assert was.stage == Subject.Stage.TOMBSTONE
    outcomes = Step.objects.get(action=Step.Action.ERASE).outcome["outcomes"]
    rows = {outcome["collection"]: outcome["rows"] for outcome in outcomes}
    assert rows["customers"] == 2, "those of both times are in the certificate"


def test_an_address_that_somebody_else_has_proven_since_is_not_used(
    alice: User, gina: Subject, shop: SqlSystem, shop_db: ShopDatabase, grace_over: Any
) -> None:
    theirs = rows_of(shop_db, "gina")
    asked = ask_for("erasure", subject_of(alice))
    other = person("Gina")
    assert emails_of(subject_of(alice)) == ["alice@example.org", "gina@example.org"]
    assert Identities.of(subject_of(alice)).emails == ("alice@example.org",)
    grace_over()
    work_off()
    assert asked.plan is not None
    assert Plan.objects.get(pk=asked.plan.pk).state == Plan.State.DONE
    assert rows_of(shop_db, "gina") == theirs
    assert find(FORMER) == other.subject


def test_an_address_that_somebody_only_says_is_theirs_is_still_the_persons(alice: User, gina: Subject) -> None:
    other = person("Gina")
    EmailAddress.objects.filter(user=other).update(verified=False)
    assert Identities.of(subject_of(alice)).emails == ("alice@example.org", "gina@example.org")


def test_a_member_of_staff_is_somebody_else(alice: User, dana: User) -> None:
    merge(guest(dana.email), subject_of(alice))
    assert Identities.of(subject_of(alice)).emails == ("alice@example.org",)


def test_whoever_proves_an_address_last_has_it(alice: User, gina: Subject) -> None:
    other = person("Gina")
    assert find(FORMER) == alice.subject, "nothing was proven by saying so"
    prove(subject_of(other), FORMER)
    assert find(FORMER) == other.subject
    assert Identities.of(subject_of(other)).emails == ("gina@example.org",)
    assert Identities.of(subject_of(alice)).emails == ("alice@example.org",)


def test_the_other_address_stays_when_the_account_gets_a_new_one(alice: User, gina: Subject) -> None:
    alice.email = "alice@new.example"
    alice.save()
    assert Identities.of(subject_of(alice)).emails == ("alice@new.example", "gina@example.org")


def test_systems_that_know_people_by_number_are_asked_for_all_numbers(alice: User, gina: Subject) -> None:
    parameters = identities(Identities.of(subject_of(alice)))
    assert parameters["subject_id"] == [str(alice.subject_id), str(gina.pk)]


def test_many_addresses_are_looked_up_by_the_index(
    alice: User, gina: Subject, shop: SqlSystem, shop_db: ShopDatabase
) -> None:
    shop_db.execute(
        "INSERT INTO search_history (email, searched_at, query)"
        " SELECT n || '@example.com', now(), 'lamp' FROM generate_series(1, 5000) n"
    )
    shop_db.execute("ANALYZE search_history")
    statement = str(shop.statements.copies["search_history"].compile(dialect=postgresql.psycopg.dialect()))
    plan = shop_db.execute(f"EXPLAIN {statement}".encode(), identities(Identities.of(subject_of(alice)))).fetchall()
    assert "Seq Scan" not in str(plan)
