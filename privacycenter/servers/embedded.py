"""PostgreSQL, Valkey and the mail sink together, apart from those that the environment names already."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from privacycenter.servers.mailsink import MailSink
from privacycenter.servers.postgres import Postgres
from privacycenter.servers.valkey import Valkey


def named(name: str, environment: Mapping[str, str]) -> bool:
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


class Embedded:
    """`environment` is what the project needs to know to use these servers."""

    def __init__(self, data: Path, given: Mapping[str, str], *, durable: bool) -> None:
        # Short, because a socket's path must stay under 108 bytes wherever the checkout is.
        self.sockets = Path(tempfile.mkdtemp(prefix="pc-"))
        self.environment: dict[str, str] = {}
        self._data = data
        logs = data / "log"
        self._databases: list[str] = []
        self.postgres = Postgres(data / "postgres", self.sockets, durable=durable, log=logs / "postgres.log")
        self.valkey = Valkey(data / "valkey", self.sockets, durable=durable, log=logs / "valkey.log")
        self.mail = MailSink(data / "mail", log=logs / "mail.log")
        for name, database in (("DATABASE_URL", "privacycenter"), ("SHOP_DATABASE_URL", "shop")):
            if not named(name, given):
                self.environment[name] = self.postgres.url(database)
                self._databases.append(database)
        for name, url in (("CELERY_BROKER_URL", self.valkey.broker_url()), ("CACHE_URL", self.valkey.cache_url())):
            if not named(name, given):
                self.environment[name] = url
        if not named("SMTP_URL", given):
            self.environment |= {"SMTP_URL": self.mail.url, "MAIL_DIR": str(self.mail.maildir)}
        self.servers = self._needed()

    def _needed(self) -> list[Postgres | Valkey | MailSink]:
        needed: list[Postgres | Valkey | MailSink] = []
        if self._databases:
            needed.append(self.postgres)
        if self.environment.keys() & {"CELERY_BROKER_URL", "CACHE_URL"}:
            needed.append(self.valkey)
        if "SMTP_URL" in self.environment:
            needed.append(self.mail)
        return needed

    def start(self) -> None:
        # Others may pass: where root really becomes nobody, PostgreSQL's folder inside is nobody's.
        self._data.mkdir(parents=True, exist_ok=True)
        self._data.chmod(0o711)
        for server in self.servers:
            server.program.log_anew()
            server.start()
        for server in self.servers:
            server.wait()
        for database in self._databases:
            self.postgres.create_database(database)

    def stop(self) -> None:
        """PostgreSQL last: the others may still be writing to it."""
        for server in reversed(self.servers):
            server.stop()
        shutil.rmtree(self.sockets, ignore_errors=True)
