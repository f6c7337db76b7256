"""The whole product as it runs in production: web, workers, beat and a mail sink, each a process of its own.

For tests that must see it whole (`tests/stack.py`) and for benchmarks; `make up` shows the same processes to a person.
"""

from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from privacycenter.servers import keys, programs
from privacycenter.servers.mailsink import MailSink, free_port


class Stack:
    """Runs on the servers that `servers` names (DATABASE_URL, CELERY_BROKER_URL, CACHE_URL) with databases of its own.

    `settings` are further settings of the project, such as {"ERASURE_GRACE": "PT2S"}; they win over everything.
    """

    def __init__(
        self,
        folder: Path,
        servers: Mapping[str, str],
        settings: Mapping[str, str] | None = None,
        *,
        name: str = "stack",
        workers: int = 1,
        mail_delay: float = 0,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.mail = MailSink(folder / "mail", log=folder / "log" / "mail.log", delay=mail_delay)
        ours = {
            "BASE_URL": self.base_url,
            "DATA_DIR": str(folder),
            "MAIL_DIR": str(folder / "mail"),
            "SMTP_URL": self.mail.url,
            "CACHE_PREFIX": name,
            "DATABASE_URL": renamed(servers["DATABASE_URL"], name),
            "SHOP_DATABASE_URL": renamed(servers["DATABASE_URL"], f"{name}_shop"),
        }
        self.env = programs.environment({}, dict(servers), keys.make_secrets(), ours, settings or {})
        self.web = programs.web("127.0.0.1", self.port, env=self.env, log=self._log("web"))
        self.beat = programs.beat(folder, env=self.env, log=self._log("beat"))
        names = [f"worker{number}" for number in range(workers)]
        self.workers = [programs.worker(worker, env=self.env, log=self._log(worker)) for worker in names]

    def start(self) -> None:
        for server in (self.mail.program, self.web, self.beat, *self.workers):
            server.log_anew()
        self.mail.start()
        recreate_database(self.env["DATABASE_URL"])
        recreate_database(self.env["SHOP_DATABASE_URL"])
        collecting = programs.collect_static(self.env)
        self.manage("migrate", "--no-input")
        programs.finished(collecting)
        for program in (self.web, self.beat, *self.workers):
            program.start()
        self.mail.wait()
        programs.wait_for_web(self.web, "127.0.0.1", self.port, base_url=self.base_url)

    def stop(self) -> None:
        everything = [self.web, self.beat, *self.workers, self.mail.program]
        for program in everything:
            program.ask_to_stop()
        for program in everything:
            program.stop()

    def manage(self, *arguments: str) -> str:
        """The output of a command of manage.py on this stack's database."""
        return programs.manage(*arguments, env=self.env)

    def kill_worker(self, number: int = 0) -> None:
        """SIGKILL, children included: nothing is said goodbye to."""
        self.workers[number].kill()

    def start_worker(self, number: int = 0) -> None:
        self.workers[number].start()

    def mails(self) -> list[EmailMessage]:
        """All that the sink accepted, oldest first; `X-RcptTo` says to whom each really went."""
        return self.mail.mails()

    def mails_to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails() if address in str(mail["X-RcptTo"]).split(", ")]

    def delay_mail(self, seconds: float) -> None:
        """From now on the sink takes this long to accept each mail: time enough to kill whoever sends."""
        self.mail.stop()
        self.mail = MailSink(self.mail.maildir, log=self.mail.program.log, delay=seconds, port=self.mail.port)
        self.mail.start()
        self.mail.wait()

    def tails(self) -> str:
        programs_ = (self.web, *self.workers, self.beat, self.mail.program)
        return "\n".join(f"── {program.name}{program.tail(40)}" for program in programs_)

    def _log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"


def renamed(url: str, database: str) -> str:
    """The same server, another database."""
    server, question_mark, options = url.partition("?")
    return f"{server.rpartition('/')[0]}/{database}{question_mark}{options}"


def recreate_database(url: str) -> None:
    name = sql.Identifier(urlsplit(url).path.removeprefix("/"))
    with psycopg.connect(renamed(url, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(name))
