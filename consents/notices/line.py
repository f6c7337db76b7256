"""The connection to the mail server that a batch is sent over. A server that hangs up is called again."""

import logging
import smtplib

from django.core.mail import EmailMessage, mailers

log = logging.getLogger(__name__)

# "Service not available, closing transmission channel": the one refusal after which the connection is gone.
CLOSING = 421


class Unreachable(Exception):
    """The mail server takes no connection, or no sign-in."""


class Unsendable(Exception):
    """No server could take this: an address that is none, a header that is none."""


class Line:
    def __init__(self) -> None:
        self._mailer = mailers["notices"]

    def open(self) -> None:
        """Does nothing while the line is open. Raises Unreachable."""
        try:
            self._mailer.open()
        except (OSError, smtplib.SMTPException) as error:
            log.warning("The mail server can not be reached: %s", type(error).__name__)
            raise Unreachable from error

    def send(self, message: EmailMessage) -> None:
        """Raises Unsendable, OSError, SMTPException."""
        try:
            self._mailer.send_messages([message])
        except ValueError as error:
            raise Unsendable from error
        except (OSError, smtplib.SMTPException) as error:
            if not _still_open(error):
                self.close()
            raise

    def close(self) -> None:
        try:
            self._mailer.close()
        except (OSError, smtplib.SMTPException) as error:
            log.info("The mail server did not say goodbye: %s", type(error).__name__)


def _still_open(error: Exception) -> bool:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code != CLOSING for code, _words in error.recipients.values())
        case smtplib.SMTPSenderRefused() | smtplib.SMTPDataError():
            return error.smtp_code != CLOSING
    return False
