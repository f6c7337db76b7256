"""What receivers need to know, for the `webhooks` of the API's OpenAPI document."""

from typing import Any

from drf_spectacular.utils import OpenApiWebhook

HOW = """\
Sent to the systems that are told what people choose, by [Standard Webhooks](https://www.standardwebhooks.com/) 1.0.0.

**Verify** each message before believing it: take the bytes of the body as they came; compute HMAC-SHA256 over
`{webhook-id}.{webhook-timestamp}.{body}` with the secret (what follows `whsec_`, decoded from base64); compare its
base64, in constant time, with each of the `v1,…` signatures in `webhook-signature`, which are separated by spaces:
while a secret is being changed there are two. Refuse a `webhook-timestamp` that is off by more than five minutes. The
libraries of Standard Webhooks do all of this.

**Answer** with any 2xx once you obey: the person is shown that you confirmed it. Anything else, also a redirect, is
tried again for five days, with growing pauses; `429` and `503` may say when in `Retry-After`; `410` pauses your
address until somebody here resumes it. An answer has 15 seconds; its body is not read.

**Order and repetition.** You hear of each choice at least once, and of the choices of one person in their order. The
same `webhook-id` is the same message again. Where in doubt, the greatest `timestamp` for a subject and purpose holds.

**Numbers.** A guest or a device may turn out to be a person who is known by another number. You are told what holds
from then on under each of their numbers that you have heard of before, and of every later choice too.

A message says what a person decided. Whether data may be used right now also depends on what may have changed since
(the purpose, the account); `POST /api/v1/choices/check/` answers that."""

UUID = {"type": "string", "format": "uuid"}
TIME = {"type": "string", "format": "date-time"}


def content(types: list[str], properties: dict[str, Any], timestamp: str) -> dict[str, Any]:
    data = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string", "enum": types},
            "timestamp": {**TIME, "description": timestamp},
            "data": data,
        },
        "required": ["type", "timestamp", "data"],
    }


CHOICE = content(
    ["choice.granted", "choice.refused", "choice.withdrawn", "choice.expired"],
    {
        "subject": {**UUID, "description": "The person, by a number that never changes."},
        "purpose": {"type": "string", "description": "Slug of the purpose."},
        "version": {"type": "integer", "description": "Of the meaning of the purpose that was decided on."},
        "decision": {"type": "string", "enum": ["granted", "refused", "withdrawn", "expired"]},
        "allowed": {"type": "boolean", "description": "True for “granted” alone."},
        "choice": {**UUID, "description": "Number of the choice, and of its receipt."},
    },
    "When the choice was written.",
)
TEST = content(["endpoint.test"], {}, "When the test was sent.")

CHOICE_EXAMPLE = {
    "type": "choice.withdrawn",
    "timestamp": "2026-11-22T18:05:00.123456Z",
    "data": {
        "subject": "019a9c3e-7d1c-7a55-8d5e-0b8f6f0f6a11",
        "purpose": "newsletter",
        "version": 1,
        "decision": "withdrawn",
        "allowed": False,
        "choice": "019ab1f2-11aa-7c3e-9a0b-5d2f1e6c7b88",
    },
}
TEST_EXAMPLE = {"type": "endpoint.test", "timestamp": "2026-11-22T18:05:00.123456Z", "data": {}}


def header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": True, "description": description, "schema": schema}


HEADERS = [
    header("webhook-id", "The message; the same at every attempt.", {"type": "string"}),
    header("webhook-timestamp", "Of this attempt, in seconds since 1970.", {"type": "integer"}),
    header("webhook-signature", "`v1,` and a signature; several are separated by spaces.", {"type": "string"}),
]


def operation(name: str, summary: str, schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "description": HOW,
        "tags": ["webhooks"],
        "parameters": HEADERS,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema, "example": example}}},
        "responses": {"2XX": {"description": "Received and obeyed."}},
    }


choice = OpenApiWebhook(
    "choice", {"post": operation("webhook_choice", "A person’s choice changed", CHOICE, CHOICE_EXAMPLE)}
)
test = OpenApiWebhook("test", {"post": operation("webhook_test", "Staff pressed “Send a test”", TEST, TEST_EXAMPLE)})
