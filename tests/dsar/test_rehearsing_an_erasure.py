"""What a person is told before an erasure is what happens in it."""

import pytest

from accounts.users.models import User
from dsar.requests.rehearsal import rehearse
from dsar.work.models import Certificate
from tests.work import ask_for, now, work_off

pytestmark = pytest.mark.django_db


def test_the_rehearsal_says_what_goes_and_what_stays_and_why(alice, helpdesk):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}]
    helpdesk.invoices[alice.email] = [{"number": 7, "text": "z"}]
    rehearsal = rehearse(alice.subject)
    assert {"Tickets", "Your account", "Your profile"} <= {each.title for each in rehearsal.going}
    invoices = next(each for each in rehearsal.staying if each.title == "Invoices")
    assert (invoices.rows, invoices.law) == (1, "Tax Code § 147")
    assert str(now().year + 10) in invoices.until
    assert User.objects.filter(pk=alice.pk).exists()


def test_rehearsal_and_erasure_agree(grace_over, alice, helpdesk):
    helpdesk.tickets[alice.email] = [{"number": 1, "text": "x"}]
    helpdesk.invoices[alice.email] = [{"number": 7, "text": "z"}]
    ask_for("erasure", alice.subject)
    foreseen = {(each.system, each.title, each.rows) for each in rehearse(alice.subject).going}
    grace_over()
    work_off()
    certified = {
        (system["key"], each["title"], each["rows"])
        for system in Certificate.objects.get().content["systems"]
        for each in system["collections"]
        if each["rows"] and each["action"] != "keep"
    }
    assert certified == foreseen
