"""A mail whose headers may hold long addresses of pages."""

from __future__ import annotations

from email.headerregistry import BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy, default
from typing import Any

from django.core.mail import EmailMultiAlternatives


class AddressHeader(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]  # as the registry joins them itself
    """On one line. Python's mail package would encode what is longer than a line as words (RFC 2047), and mail programs
    that look for an address to unsubscribe at would find none. A line may have 998 characters (RFC 5322).
    """

    def fold(self, *, policy: Policy[Any]) -> str:
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("list-unsubscribe", AddressHeader)
HEADERS.map_to_type("list-help", AddressHeader)


class Mail(EmailMultiAlternatives):
    def message(self, *, policy: Policy[Any] | None = None) -> EmailMessage:
        policy = policy or default
        assert isinstance(policy, EmailPolicy)
        return super().message(policy=policy.clone(header_factory=HEADERS))
