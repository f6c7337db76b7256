"""Whatever the published schema of the consent API lets through, and whatever it does not: never an error of ours."""

from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

from accounts.calls.throttling import PersonThrottle, SystemThrottle
from consents.catalogue.models import PurposeText
from consents.choices.models import Event
from tests.accounts.systems import ask_token, system
from tests.consents.purposes import make_purpose, say

PREFIXES = ("/api/v1/purposes/", "/api/v1/choices/", "/api/v1/receipts/", "/api/v1/subjects/")
OPERATIONS = [
    "GET /api/v1/purposes/",
    "GET /api/v1/choices/",
    "POST /api/v1/choices/",
    "GET /api/v1/choices/history/",
    "POST /api/v1/choices/check/",
    "GET /api/v1/receipts/{event_id}/",
    "POST /api/v1/subjects/choices/",
    "POST /api/v1/subjects/{subject_id}/choices/",
]
EXAMPLES = 40
EVERY_CHECK: list[Any] = [not_a_server_error, response_schema_conformance]
# Schemathesis rewrites `prefixItems` and then takes what it wrote for a mistake; tests of receipts hold them to their
# schema.
CHECKS: dict[str, list[Any]] = {"GET /api/v1/receipts/{event_id}/": [not_a_server_error]}


@pytest.fixture
def signed_in(api_for, alice) -> Callable[[str], dict[str, str]]:
    """Each operation is called by whom it is for."""
    token: str = api_for(alice)._credentials["HTTP_X_SESSION_TOKEN"]
    bearer = ask_token(system("choices:check", "choices:record")).json()["access_token"]
    for_systems = [each for each in OPERATIONS if "/check/" in each or "/subjects/" in each]
    return lambda label: {"Authorization": f"Bearer {bearer}"} if label in for_systems else {"X-Session-Token": token}


@pytest.fixture
def _one_connection(signed_in):
    """As Django's own test client does for its own calls: the end of a call is not that of the test's transaction."""
    for signal in (signals.request_started, signals.request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (signals.request_started, signals.request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def operations(db, _one_connection, settings, monkeypatch) -> dict[str, Any]:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "localhost"]
    # Any number of calls is what this is about.
    for throttle in (PersonThrottle, SystemThrottle):
        monkeypatch.setattr(throttle, "rate", "1000000/min", raising=False)
    schema = schemathesis.openapi.from_wsgi("/api/schema/", WSGIHandler())
    results: Any = schema.get_all_operations()
    found = [result.ok() for result in results]
    return {operation.label: operation for operation in found if operation.path.startswith(PREFIXES)}


def test_every_operation_of_the_consent_api_is_tried(operations):
    assert set(OPERATIONS) <= operations.keys()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("label", OPERATIONS)
def test_no_call_makes_the_server_fail(operations, signed_in, alice, label, mode):
    make_purpose("ads")
    [event] = say(alice, ads=True)
    headers = signed_in(label)
    text = PurposeText.objects.get(language="en").sha256

    @hypothesis_settings(
        max_examples=EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operations[label].as_strategy(mode), likely=st.booleans())
    def call(case: Case, likely: bool) -> None:
        if likely:
            _name_what_there_is(case, {"subject_id": alice.subject_id, "event_id": event.pk}, text)
        case.call_and_validate(headers=headers, checks=CHECKS.get(label, EVERY_CHECK))

    call()
    assert Event.objects.filter(subject=alice.subject).exists()


def _name_what_there_is(case: Case, ids: dict[str, Any], text: str) -> None:
    """Chance alone would hardly ever find a person or a purpose."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = str(ids[name])
    body: dict[str, Any] = case.body if isinstance(case.body, dict) else {}
    if "purpose" in body:
        body["purpose"] = "ads"
    if isinstance(body.get("subjects"), list):
        body["subjects"] = [str(ids["subject_id"]), *body["subjects"][1:]]
    if isinstance(said := body.get("decisions"), list) and said and isinstance(said[0], dict):
        said[0] |= {"purpose": "ads", "text_sha256": text}
