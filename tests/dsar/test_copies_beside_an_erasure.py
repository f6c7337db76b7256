"""A copy that was asked for before its person is erased."""

import pytest

from dsar.requests.ask import BeingErased
from dsar.requests.models import Request
from dsar.work.models import Plan, Step
from dsar.work.run import run
from dsar.work.start import begin_due
from tests.work import ask_for, work_off

pytestmark = pytest.mark.django_db


def test_an_open_copy_is_answered_before_the_erasure_begins(grace_over, asked, alice):
    copy = ask_for("access", alice.subject)
    grace_over()
    begin_due()
    assert Plan.objects.get(kind="erasure").state == Plan.State.WAITING
    for _stage in range(2):
        for pk in list(Step.objects.runnable().values_list("pk", flat=True)):
            run(str(pk))
    copy.refresh_from_db()
    assert copy.state == Request.State.DONE
    work_off()
    asked.refresh_from_db()
    assert asked.state == Request.State.DONE


def test_a_copy_that_is_stuck_ends_with_the_erasure(grace_over, asked, alice):
    copy = ask_for("access", alice.subject)
    Plan.objects.filter(request=copy).update(state=Plan.State.STUCK)
    Request.objects.filter(pk=copy.pk).update(state=Request.State.STUCK)
    grace_over()
    work_off()
    copy.refresh_from_db()
    assert copy.state == Request.State.CANCELLED
    assert copy.events.filter(kind="overtaken").count() == 1


def test_no_copy_is_begun_of_what_is_being_deleted(grace_over, asked, alice):
    grace_over()
    begin_due()
    with pytest.raises(BeingErased):
        ask_for("access", alice.subject)
