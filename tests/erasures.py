"""An erasure at three moments: its time to think it over, asked for, done."""

from datetime import timedelta

import pytest
from django.conf import settings

from dsar.requests.models import Request
from tests.work import ask_for, now, work_off


@pytest.fixture
def grace_over(time_machine):
    """Call it to be behind the end of the time to think it over."""
    time_machine.move_to(now(), tick=False)
    return lambda: time_machine.shift(settings.ERASURE_GRACE + timedelta(seconds=1))


@pytest.fixture
def asked(alice, helpdesk) -> Request:
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}, {"number": 2, "text": "y"}]
    helpdesk.invoices[alice.email] = [{"number": 7, "text": "z"}]
    return ask_for("erasure", alice.subject)


@pytest.fixture
def erased(grace_over, asked) -> Request:
    grace_over()
    work_off()
    asked.refresh_from_db()
    return asked
