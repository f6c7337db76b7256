from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.subjects.life import entomb
from consents.catalogue.models import Purpose, PurposeText
from consents.choices.models import Current, Event, Wording
from tests.consents.purposes import make_purpose, say


@pytest.fixture
def event(alice) -> Event:
    make_purpose("ads")
    return say(alice, ads=True, client_id="one")[0]


def run(sql: str, *parameters: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.mark.parametrize("sql", ["UPDATE choices_event SET decision = 'refused'", "DELETE FROM choices_event"])
def test_the_database_refuses_to_change_or_delete_an_event(event, sql):
    Current.objects.all().delete()
    with pytest.raises(IntegrityError, match="append-only"):
        run(sql)
    assert Event.objects.get() == event


def test_the_database_refuses_to_empty_the_table_of_events(event):
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="append-only"):
        run("TRUNCATE choices_event CASCADE")


def test_an_orm_update_of_an_event_is_refused_too(event):
    with pytest.raises(IntegrityError), transaction.atomic():
        Event.objects.update(method="paper")


def test_events_outlive_the_erasure_and_go_only_after_the_period_of_evidence(event):
    Current.objects.all().delete()
    today = timezone.localdate()
    entomb(event.subject, evidence_until=today)
    with pytest.raises(IntegrityError, match="append-only"):
        run("DELETE FROM choices_event")
    run("UPDATE subjects_subject SET evidence_until = %s WHERE id = %s", today - timedelta(days=2), event.subject_id)
    run("DELETE FROM choices_event")
    assert not Event.objects.exists()


@pytest.mark.parametrize("sql", ["UPDATE choices_wording SET name = 'Other'", "DELETE FROM choices_wording"])
def test_the_database_refuses_to_change_a_published_wording(alice, sql):
    make_purpose("ads")
    with pytest.raises(IntegrityError, match="can not change"):
        run(sql)


def test_every_wording_is_kept_whichever_way_it_was_written(db):
    ads = make_purpose("ads", de="Werbung")
    text = PurposeText.objects.get(purpose=ads, language="en")
    text.name = "Second"
    text.save()
    run(
        "UPDATE catalogue_purposetext SET name = 'Third', sha256 = encode(sha256('Third\nAbout Ads.'), 'hex')"
        " WHERE id = %s",
        text.pk,
    )
    text.delete()
    names = Wording.objects.filter(purpose=ads).order_by("id").values_list("name", flat=True)
    assert list(names) == ["Ads", "Werbung", "Second", "Third"]


def test_the_same_words_published_again_are_one_wording(db):
    ads = make_purpose("ads")
    text = PurposeText.objects.get(purpose=ads)
    for name in ("Other", "Ads"):
        text.name = name
        text.save()
    assert Wording.objects.filter(purpose=ads).count() == 2


COLUMNS = (
    "purpose_id, version, wording_id, decision, method, actor_id, recorder, jurisdiction, said_at, received_at,"
    " client_id"
)


def copy_with(column: str, value: str) -> str:
    """An insert past all code: the event once more, one column changed."""
    chosen = ", ".join(value if name == column else name for name in f"subject_id, {COLUMNS}".split(", "))
    return f"INSERT INTO choices_event (subject_id, {COLUMNS}) SELECT {chosen} FROM choices_event"  # noqa: S608  # only this file's own words


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("decision", "'maybe'", "choices_event_decision"),
        ("method", "'telepathy'", "choices_event_method"),
        ("wording_id", "NULL", "choices_event_grant_names_words"),
        ("actor_id", "subject_id", "choices_event_actor_is_another"),
        ("said_at", "said_at", "choices_event_said_once"),
    ],
)
def test_the_database_refuses_an_event_that_can_not_be(event, column, value, constraint):
    sql = copy_with(column, value)
    if column != "said_at":
        sql = sql.replace("received_at, client_id FROM", "received_at, 'two' FROM")
    with pytest.raises(IntegrityError, match=constraint):
        run(sql)


def test_the_database_refuses_a_second_current_choice_for_a_purpose(event):
    say(event.subject, ads=False, said_at=event.said_at - timedelta(days=1))
    with pytest.raises(IntegrityError, match="choices_one_current_per_purpose"):
        run(
            "INSERT INTO choices_current (subject_id, purpose_id, event_id, version, decision, since)"
            " SELECT subject_id, purpose_id, id, version, decision, said_at FROM choices_event WHERE id != %s",
            event.pk,
        )


def test_the_database_refuses_a_current_choice_that_can_not_be(event):
    with pytest.raises(IntegrityError, match="choices_current_decision"):
        run("UPDATE choices_current SET decision = 'maybe'")


def test_the_database_refuses_a_refusal_that_expires(event):
    with pytest.raises(IntegrityError, match="choices_current_only_grants_expire"):
        run("UPDATE choices_current SET decision = 'refused', expires_at = now()")


def test_a_purpose_about_which_something_was_said_can_not_be_deleted(event):
    run("DELETE FROM catalogue_purposetext")
    # Postponed until the end of a transaction otherwise.
    run("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="foreign key"):
        run("DELETE FROM catalogue_purpose")
    assert Purpose.objects.exists()
