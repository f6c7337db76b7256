"""A mail whose headers may hold long addresses of pages, and one that many get."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.headerregistry import BaseHeader, HeaderRegistry, UniqueUnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy, Policy, default
from email.utils import format_datetime
from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils.encoding import punycode


class AddressHeader(UniqueUnstructuredHeader, BaseHeader):  # type: ignore[misc]  # as the registry joins them itself
    """On one line. Python's mail package would encode what is longer than a line as words (RFC 2047), and mail programs
    that look for an address to unsubscribe at would find none. A line may have 998 characters (RFC 5322).
    """

    def fold(self, *, policy: Policy[Any]) -> str:
        return f"{self.name}: {self}{policy.linesep}"


HEADERS = HeaderRegistry()
HEADERS.map_to_type("list-unsubscribe", AddressHeader)
HEADERS.map_to_type("list-help", AddressHeader)


# All that is different in a mail that many get.
OWN = ("To", "Message-ID", "Date")


class Mail(EmailMultiAlternatives):
    def message(self, *, policy: Policy[Any] | None = None) -> EmailMessage:
        return super().message(policy=with_addresses(policy or default))


class Sheet(EmailMessage):
    """Printed already."""

    content = b""

    def as_bytes(self, unixfrom: bool = False, policy: Policy[Any] | None = None) -> bytes:
        return self.content


class Copy(Mail):
    """One of many mails that differ by `OWN` alone. The rest of what goes to the mail server is printed once for all:
    it takes ten times as long as the sending.
    """

    def __init__(self, first: Mail, recipient: str, headers: Mapping[str, str], printed: bytes) -> None:
        super().__init__(first.subject, first.body, to=[recipient], headers={**first.extra_headers, **headers})
        self.alternatives = first.alternatives
        self._printed = printed

    def message(self, *, policy: Policy[Any] | None = None) -> EmailMessage:
        if policy is not SMTP:
            return super().message(policy=policy)
        own = (in_ascii(*self.to), self.extra_headers["Message-ID"], format_datetime(datetime.now(UTC)))
        sheet = Sheet(policy)
        sheet.content = b"".join(map(header, OWN, own)) + self._printed
        return sheet


def header(name: str, value: str) -> bytes:
    """Raises ValueError where it would be more than one line, or is not in ASCII."""
    if not value.isprintable():
        raise ValueError(f"{name} has characters that no header has")
    return f"{name}: {value}\r\n".encode("ascii")


def in_ascii(address: str) -> str:
    local, at, domain = address.rpartition("@")
    return address if domain.isascii() else local + at + punycode(domain)


def printed(first: Mail) -> bytes:
    """All but what is each mail's own, as a mail server gets it."""
    message = first.message(policy=SMTP)
    for name in OWN:
        del message[name]
    return message.as_bytes()


def with_addresses(policy: Policy[Any]) -> EmailPolicy:
    assert isinstance(policy, EmailPolicy)
    return policy.clone(header_factory=HEADERS)
