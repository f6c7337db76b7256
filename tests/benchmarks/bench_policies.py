"""What a change of a policy costs: its publication, and the gate on every page from then on."""

import time
from collections.abc import Callable
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from accounts.subjects.models import Subject
from accounts.users.models import User
from consents.policies.acknowledge import acknowledge
from consents.policies.gate import first_wanted
from consents.policies.models import Acceptance, Acknowledgement, Document, Version
from consents.policies.publish import publish
from privacycenter.servers.bench import Measured, figure
from privacycenter.servers.stack import Stack
from tests.consents.policies import approved, approver, write
from tests.people import person

FEW, MANY = 10, 10_000
CALLS = 2_000
GATE = "consents.policies.gate.PolicyGateMiddleware"
CROWD = """
INSERT INTO subjects_subject (id, stage, wrapped_key, language, jurisdiction, created_at)
SELECT uuidv7(), 'account', '\\x00', '', 'EU_GDPR', now() FROM generate_series(1, %s)
"""


def released(document: str, number: str) -> Version:
    return publish(ready(document, number), actor=approver())


def ready(document: str, number: str) -> Version:
    """A material version that only has to be published."""
    author = User.objects.filter(email="author@staff.example").first()
    author = author or User.objects.create_superuser("author@staff.example", "not signed in by anybody")
    version = write(number, document=document, summary="More.")
    Version.objects.filter(pk=version.pk).update(material=True)
    return approved(version, author)


@figure("policies.publish_queries", unit="statements")
def publish_queries(stack: Stack) -> Measured:
    """For ten thousand people; the baseline is for ten more than the benchmark before it left."""
    document = f"bench-{uuid4().hex[:8]}"
    released(document, "1.0")
    used = []
    for number, people in (("2.0", FEW), ("3.0", MANY)):
        with connection.cursor() as cursor:
            cursor.execute(CROWD, [people])
        version = ready(document, number)
        with CaptureQueriesContext(connection) as queries:
            publish(version, actor=approver())
        used.append(len(queries))
    return Measured(used[1], baseline=used[0])


@figure("policies.gate_warm", unit="microseconds")
def gate_warm(stack: Stack) -> Measured:
    """What the gate adds to a page of somebody whom it let through before; the baseline is the page without it."""
    subject, browser = asked(stack)
    first_wanted(subject)
    return Measured(each(lambda: first_wanted(subject)), baseline=page(browser))


@figure("policies.gate_cold", unit="microseconds")
def gate_cold(stack: Stack) -> Measured:
    """The same for somebody of whom nothing is kept."""
    subject, browser = asked(stack)
    key = f"policies:clear:{subject.pk}"
    return Measured(each(lambda: first_wanted(subject), before=lambda: cache.delete(key)), baseline=page(browser))


@figure("policies.gate_warm_queries", unit="statements")
def gate_warm_queries(stack: Stack) -> float:
    subject, _browser = asked(stack)
    first_wanted(subject)
    return counted(subject)


@figure("policies.gate_cold_queries", unit="statements")
def gate_cold_queries(stack: Stack) -> float:
    subject, _browser = asked(stack)
    cache.clear()
    return counted(subject)


def counted(subject: Subject) -> float:
    with CaptureQueriesContext(connection) as queries:
        assert first_wanted(subject) is None
    return len(queries)


def asked(stack: Stack) -> tuple[Subject, Client]:
    """Somebody who said yes to a document that needs it."""
    user = person(f"Asked{uuid4().hex[:8]}", password=None)
    assert user.subject is not None
    document = f"bench-{uuid4().hex[:8]}"
    version = released(document, "1.0")
    Document.objects.filter(slug=document).update(acceptance=Acceptance.EXPLICIT)
    for published in Version.objects.outstanding(user.subject):
        acknowledge(user.subject, published, method=Acknowledgement.Method.EXPLICIT)
    assert version.document.slug == document
    browser = Client(headers={"Host": stack.base_url.partition("//")[2]})
    browser.force_login(user)
    return user.subject, browser


def page(browser: Client) -> float:
    """Microseconds of the list of requests without the gate."""
    without = [name for name in settings.MIDDLEWARE if name != GATE]
    with override_settings(MIDDLEWARE=without):
        assert browser.get("/requests/").status_code == 200
        return round(each(lambda: browser.get("/requests/"), calls=CALLS // 20), 3)


def each(call: Callable[[], object], *, calls: int = CALLS, before: Callable[[], object] = lambda: None) -> float:
    """Microseconds of one call, without what has to be done before it."""
    spent = 0
    for _turn in range(calls):
        before()
        began = time.perf_counter_ns()
        call()
        spent += time.perf_counter_ns() - began
    return spent / calls / 1000
