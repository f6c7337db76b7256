"""A mail server that delivers nothing: each mail it accepts becomes a file in a Maildir.

Run by `python -m privacycenter.servers.mailsink --port P --maildir D [--delay SECONDS]`. The demo's mailbox page and
the tests read the Maildir. It never logs an address or a text.
"""

import argparse
import asyncio
import mailbox
import os
import signal
import socket
import sys
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from privacycenter.servers.program import Program


class Keeper:
    """Says 250 only when the mail is on the disk. A client that goes away during the delay has sent nothing."""

    def __init__(self, maildir: Path, delay: float) -> None:
        self._maildir = mailbox.Maildir(maildir, create=True)
        self._new = maildir / "new"
        self._delay = delay

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        await asyncio.sleep(self._delay)
        # Who it really went to; the To header may say otherwise.
        recipients = ", ".join(envelope.rcpt_tos).encode()
        self._keep(b"X-RcptTo: " + recipients + b"\r\n" + (envelope.original_content or b""))
        return "250 OK"

    def _keep(self, mail: bytes) -> None:
        self._maildir.add(mail)
        # The file was synced by mailbox; its name is safe only when the directory is, too.
        directory = os.open(self._new, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


async def serve(port: int, maildir: Path, delay: float) -> None:
    keeper = Keeper(maildir, delay)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", port)
    await stop.wait()
    # Without waiting for clients that keep their connection: a mail of theirs was answered, or was not sent.
    server.close()


class MailSink:
    """The sink as a child process, with its Maildir read back as messages."""

    def __init__(self, maildir: Path, *, log: Path | None = None, delay: float = 0, port: int | None = None) -> None:
        self.maildir = maildir
        self.port = port or free_port()
        argv: list[str | Path] = [sys.executable, "-m", __name__, "--port", str(self.port), "--maildir", maildir]
        self.program = Program("mail sink", [*argv, "--delay", str(delay)], log=log)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.maildir.parent.mkdir(parents=True, exist_ok=True)
        self.program.start()

    def wait(self) -> None:
        self.program.wait_until(self._answers)

    def stop(self) -> None:
        self.program.stop()

    def mails(self) -> list[EmailMessage]:
        """Oldest first."""
        paths = sorted((self.maildir / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [BytesParser(policy=default).parsebytes(path.read_bytes()) for path in paths]

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                return connection.recv(3) == b"220"
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description="Accept mail and keep it in a Maildir.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--maildir", type=Path, required=True)
    parser.add_argument("--delay", type=float, default=0, help="seconds to wait before a mail is accepted")
    options = parser.parse_args()
    asyncio.run(serve(options.port, options.maildir, options.delay))


if __name__ == "__main__":
    main()
