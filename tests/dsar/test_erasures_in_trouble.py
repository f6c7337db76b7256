"""Sources that stay away, rows that remain and workers that die: nothing is reported done that is not."""

from datetime import timedelta

import pytest
from django.conf import settings

from accounts.users.models import User
from dsar.requests.models import Request
from dsar.work import run as running
from dsar.work.models import Certificate, Step
from dsar.work.queue import free_abandoned
from dsar.work.run import run
from dsar.work.start import begin_due
from tests.work import kinds_told, work_off

pytestmark = pytest.mark.django_db


def test_a_source_that_is_away_is_tried_again_and_nothing_is_reported_done(grace_over, asked, alice, helpdesk):
    helpdesk.is_away = True
    grace_over()
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.WORKING
    assert User.objects.filter(pk=alice.pk).exists(), "our own rows are what finds the person there"
    assert not Certificate.objects.exists()


def test_after_enough_tries_staff_are_called_and_what_is_done_stays_done(
    grace_over, asked, alice, helpdesk, monkeypatch
):
    monkeypatch.setattr(running, "FIRST_PAUSE", timedelta(0))
    monkeypatch.setattr(helpdesk, "remaining", lambda who: {"tickets": 1})
    grace_over()
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.STUCK
    assert alice.email not in helpdesk.tickets
    assert User.objects.filter(pk=alice.pk).exists()
    assert kinds_told(alice.subject) == ["erasure-scheduled", "request-failed"]


def test_what_was_written_meanwhile_is_found_and_erased_too(grace_over, asked, alice, helpdesk, time_machine):
    grace_over()
    begin_due()
    run(str(Step.objects.get(action="erase").pk))
    helpdesk.tickets[alice.email] = [{"number": 3, "text": "late"}]
    work_off()
    assert not Certificate.objects.exists()
    time_machine.shift(timedelta(seconds=6))
    work_off()
    assert alice.email not in helpdesk.tickets
    tickets = Certificate.objects.get().content["systems"][0]["collections"][0]
    assert (tickets["title"], tickets["rows"]) == ("Tickets", 3)


def test_our_own_tables_are_erased_whole_or_not_at_all(grace_over, asked, alice, monkeypatch):
    def late(*_arguments: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("dsar.work.finish.entomb", late)
    grace_over()
    work_off()
    assert User.objects.filter(pk=alice.pk).exists()
    assert not Certificate.objects.exists()
    assert "erasure-done" not in kinds_told(alice.subject)
    finish = Step.objects.get(action="finish")
    assert (finish.state, finish.error) == (Step.State.WAITING, "broke")


def test_nothing_is_certified_while_a_row_of_ours_remains(grace_over, asked, alice, monkeypatch):
    monkeypatch.setattr("dsar.datamap.own.PrivacyCenter.remaining", lambda *_: {"users.User": 1})
    grace_over()
    work_off()
    assert User.objects.filter(pk=alice.pk).exists()
    assert Step.objects.get(action="finish").error == "rows-remain"


def test_a_worker_killed_after_the_other_systems_commit_loses_no_count(
    grace_over, asked, alice, helpdesk, monkeypatch, time_machine
):
    def die(*_arguments: object, **_columns: object) -> None:
        raise KeyboardInterrupt

    grace_over()
    begin_due()
    with monkeypatch.context() as patch:
        patch.setattr("dsar.work.erase.settle", die)
        with pytest.raises(KeyboardInterrupt):
            run(str(Step.objects.get(action="erase").pk))
    time_machine.shift(settings.LEASE + timedelta(seconds=1))
    free_abandoned()
    work_off()
    assert helpdesk.asked["erase"] == 2
    tickets = Certificate.objects.get().content["systems"][0]["collections"][0]
    assert tickets["rows"] == 2
