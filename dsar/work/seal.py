"""The last step of a copy: the part files become one archive."""

from collections.abc import Iterator

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from accounts.subjects.keys import NotSealedHere
from dsar.archives import shelf
from dsar.archives.build import build
from dsar.archives.contents import Gathered, Part
from dsar.archives.models import Archive
from dsar.datamap.systems import systems
from dsar.work import registry
from dsar.work.lease import Lease, settle
from dsar.work.models import Plan, Step


class PartsLost(Exception):
    """A part file is gone or damaged. Its collection has to be gathered again."""


def seal(step: Step, lease: Lease) -> None:
    """Raises PartsLost, LeaseLost, KeyDestroyed."""
    plan = step.plan
    gathered = list(Step.objects.filter(plan=plan, action=Step.Action.GATHER))
    try:
        archive = _build(plan, gathered, lease)
    except (FileNotFoundError, NotSealedHere) as error:
        _gather_again(gathered)
        raise PartsLost from error
    try:
        _write_down(step, archive)
    except BaseException:
        shelf.shelf().delete(archive.path)
        raise
    for part in _parts(gathered):
        shelf.shelf().delete(part)


def _build(plan: Plan, gathered: list[Step], lease: Lease) -> Archive:
    with translation.override(plan.recipient.language or settings.LANGUAGE_CODE):
        return build(
            plan.subject,
            recipient=plan.recipient,
            reference=plan.reference,
            plan_id=plan.pk,
            gathered=list(_by_collection(gathered)),
            checkpoint=lease.check,
        )


@transaction.atomic
def _write_down(step: Step, archive: Archive) -> None:
    """From here on there is an archive: the row, the end of the plan, and the news of it commit together."""
    plan = Plan.objects.select_for_update(of=("self",)).select_related("subject").get(pk=step.plan_id)
    now = timezone.now()
    settle(step, state=Step.State.DONE, finished_at=now, rows=0, outcome={"size": archive.size})
    archive.save(force_insert=True)
    plan.state, plan.finished_at = Plan.State.DONE, now
    plan.save(update_fields=["state", "finished_at"])
    registry.tell_done(plan)


def _by_collection(steps: list[Step]) -> Iterator[Gathered]:
    """In the order of the systems and their collections. What has no part could not be gathered."""
    there = {system.key: system for system in systems()}
    described = {(key, found.name): found for key, system in there.items() for found in system.collections()}
    for step in steps:
        collection = described.get((step.system, step.collection))
        part = None
        if step.state == Step.State.DONE and collection:
            part = Part(step.outcome["part"], step.rows or 0, step.outcome["size"])
        yield Gathered(
            system=step.system,
            system_name=str(there[step.system].name) if step.system in there else step.system,
            name=step.collection,
            collection=collection,
            part=part,
            error="" if part else step.error or "not-configured",
        )


def _parts(steps: list[Step]) -> list[str]:
    return [step.outcome["part"] for step in steps if step.state == Step.State.DONE]


def _gather_again(steps: list[Step]) -> None:
    done = [step for step in steps if step.state == Step.State.DONE]
    lost = [step for step in done if not shelf.shelf().exists(step.outcome["part"])]
    # None is missing: one of them is damaged, and only reading all of them would tell which.
    again = Step.objects.filter(pk__in=[step.pk for step in lost or done], state=Step.State.DONE)
    again.update(
        state=Step.State.WAITING, finished_at=None, queued_at=None, rows=None, outcome={}, next_try_at=timezone.now()
    )
