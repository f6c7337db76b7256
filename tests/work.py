"""What tests of requests need: somebody who works, and a system that answers, stays away or keeps something back."""

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from accounts.subjects.models import Subject
from consents.notices.models import Delivery
from dsar.archives import shelf
from dsar.archives.models import Archive
from dsar.datamap import systems as datamap
from dsar.datamap.declarations import Ground
from dsar.datamap.plain import Row
from dsar.datamap.systems import Action, Collection, Column, Ending, Identities, Outcome, SourceUnavailable
from dsar.requests.ask import ask
from dsar.requests.models import Request
from dsar.work.models import Step
from dsar.work.queue import free_abandoned, queue_due
from dsar.work.run import run
from dsar.work.start import begin_due


def now() -> datetime:
    return datetime.now(UTC)


def ask_for(kind: str, subject: Subject, actor: Subject | None = None) -> Request:
    """Asked right after a sign-in."""
    return ask(subject, kind, actor=actor or subject, signed_in_at=now())


def archive_of(asked: Request) -> Archive:
    assert asked.plan
    return Archive.objects.get(plan_id=asked.plan.pk)


def kinds_told(subject: Subject) -> list[str]:
    """The kinds of all notices to one person, the oldest first."""
    return list(Delivery.objects.filter(subject=subject).order_by("id").values_list("notice__kind", flat=True))


def work_off() -> int:
    """Be the beat and the workers until nothing is left to do now. The number of steps done."""
    done = 0
    free_abandoned()
    queue_due()
    begin_due()
    while steps := list(Step.objects.runnable().values_list("pk", flat=True)):
        for pk in steps:
            run(str(pk))
            done += 1
    return done


def unpacked(archive: Archive, folder: Path) -> Path:
    """The archive's one folder."""
    content = b"".join(shelf.reading(archive.subject, archive.path))
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        packed.extractall(folder)
    (top,) = folder.iterdir()
    return top


class Helpdesk:
    """Another system, which knows people by their address: their tickets, and invoices that it must keep."""

    key = "helpdesk"
    name = "Help desk"

    def __init__(self) -> None:
        self.tickets: dict[str | None, list[Row]] = {}
        self.invoices: dict[str | None, list[Row]] = {}
        self.is_away = False
        # How often it was asked, by method.
        self.asked: dict[str, int] = {}

    def collections(self) -> list[Collection]:
        columns = (Column("number", "Number"), Column("text", "What you wrote"))
        kept = Ending(Action.KEEP, Ground.LEGAL_OBLIGATION, "Tax Code § 147", years=10, why="Invoices")
        return [
            Collection("tickets", "Tickets", "messages", ("service",), "You wrote it", columns, Ending(Action.DELETE)),
            Collection("invoices", "Invoices", "payment", ("service",), "Our staff", columns, kept),
        ]

    def held(self, who: Identities) -> dict[str, int]:
        self._answer("held")
        return {"tickets": len(self.tickets.get(who.email, [])), "invoices": len(self.invoices.get(who.email, []))}

    def rows(self, who: Identities, collection: str) -> Iterator[Row]:
        self._answer("rows")
        yield from getattr(self, collection).get(who.email, [])

    def counts(self, who: Identities) -> list[Outcome]:
        self._answer("counts")
        return self._outcomes(who)

    def erase(self, who: Identities) -> list[Outcome]:
        self._answer("erase")
        outcomes = self._outcomes(who)
        self.tickets.pop(who.email, None)
        return outcomes

    def remaining(self, who: Identities) -> dict[str, int]:
        self._answer("remaining")
        return {"tickets": len(left)} if (left := self.tickets.get(who.email)) else {}

    def differences(self) -> list[str]:
        return []

    def _outcomes(self, who: Identities) -> list[Outcome]:
        held = {"tickets": self.tickets.get(who.email, []), "invoices": self.invoices.get(who.email, [])}
        return [Outcome.of(each.name, each.erasure, len(held[each.name])) for each in self.collections()]

    def _answer(self, method: str) -> None:
        self.asked[method] = self.asked.get(method, 0) + 1
        if self.is_away:
            raise SourceUnavailable(self.key, "unreachable")


@pytest.fixture
def helpdesk(monkeypatch: Any) -> Helpdesk:
    """The one system beside our own tables."""
    desk = Helpdesk()
    monkeypatch.setattr(datamap, "_factories", [lambda: [desk]])
    return desk
