"""What became of an attempt to send, judged by what the mail server said (RFC 5321: 4xx is for now, 5xx for good)."""

import smtplib
from dataclasses import dataclass
from datetime import timedelta

from consents.notices.line import Unsendable
from consents.notices.models import Delivery

State = Delivery.State

# Long enough in all to outlive a weekend without the recipient's server. After the last one it has failed.
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(days=1),
    timedelta(days=2),
)


@dataclass(frozen=True)
class Outcome:
    state: Delivery.State
    error: str = ""
    retry_in: timedelta | None = None


SENT = Outcome(State.SENT)


def skipped(reason: str) -> Outcome:
    return Outcome(State.SKIPPED, reason)


def failed(reason: str) -> Outcome:
    return Outcome(State.FAILED, reason)


def again(reason: str, attempts: int) -> Outcome:
    """`attempts` counts the one that just went wrong."""
    if attempts > len(RETRIES):
        return failed(reason)
    return Outcome(State.PENDING, reason, RETRIES[attempts - 1])


def of_error(error: Exception, attempts: int = 1) -> Outcome:
    """The texts of mail servers quote addresses, so only their codes are kept."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code = next(iter(error.recipients.values()))[0]
            return _by_code(code, attempts)
        case smtplib.SMTPSenderRefused():
            # It refuses us, not the person: to be mended here.
            return again(f"sender-{error.smtp_code}", attempts)
        case smtplib.SMTPResponseException():
            return _by_code(error.smtp_code, attempts)
        case smtplib.SMTPException() | OSError():
            return again("connection", attempts)
        case Unsendable():
            return failed("invalid-address")
    return again("internal", attempts)


def _by_code(code: int, attempts: int) -> Outcome:
    return failed(f"smtp-{code}") if 500 <= code < 600 else again(f"smtp-{code}", attempts)
