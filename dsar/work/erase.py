"""The other systems' part of an erasure: delete there, then look again."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone

from dsar.datamap.systems import Action, Outcome, system
from dsar.work.gather import who
from dsar.work.lease import Lease, LeaseLost, settle
from dsar.work.models import Plan, Step


class RowsRemain(Exception):
    """Something was found that should be gone: written meanwhile, or not reached. Holds counts only."""

    def __init__(self, remaining: dict[str, int]) -> None:
        self.remaining = remaining
        super().__init__(str(sum(remaining.values())))


def erase(step: Step, lease: Lease) -> None:
    """Raises SourceUnavailable, LeaseLost.

    A worker that is killed between the other system's commit and ours leaves a step that is done again and finds
    nothing to do. That is why what was there is written down first.
    """
    there, person = system(step.system), who(step.plan)
    if "before" not in step.outcome:
        step.outcome = {"before": there.held(person)}
        _write_down(step)
    outcomes = [_added_up(outcome, step.outcome) for outcome in as_json(there.erase(person))]
    settle(
        step,
        state=Step.State.DONE,
        finished_at=timezone.now(),
        rows=sum(outcome["rows"] for outcome in outcomes),
        outcome=step.outcome | {"outcomes": outcomes},
    )


def _write_down(step: Step) -> None:
    if not Step.objects.running().filter(pk=step.pk, holder=step.holder).update(outcome=step.outcome):
        raise LeaseLost(str(step.pk))


def _added_up(outcome: dict[str, Any], earlier: dict[str, Any]) -> dict[str, Any]:
    """The rows of all the times that this step was done."""
    if outcome["action"] == Action.KEEP:
        return outcome
    name, rows = outcome["collection"], outcome["rows"]
    for told in earlier.get("outcomes", ()):
        if told["collection"] == name:
            return outcome | {"rows": told["rows"] + rows}
    return outcome | {"rows": max(rows, earlier["before"].get(name, 0))}


def verify(step: Step, lease: Lease) -> None:
    """Raises SourceUnavailable, RowsRemain, LeaseLost. What remains is erased again before the next look."""
    person = who(step.plan)
    remaining = system(step.system).remaining(person)
    if not remaining:
        settle(step, state=Step.State.DONE, finished_at=timezone.now(), rows=0, outcome={"known_by": person.number})
        return
    _do_again(step, [Step.Action.ERASE], [step.system])
    raise RowsRemain(remaining)


def look_again(step: Step) -> None:
    """A system that was looked through before a guest turned out to be this person is searched for the guest's rows.

    Raises RowsRemain.
    """
    known_by = who(step.plan).number
    looked = Step.objects.filter(plan=step.plan_id, action=Step.Action.VERIFY)
    if behind := [each.system for each in looked if each.outcome.get("known_by") != known_by]:
        _do_again(step, [Step.Action.ERASE, Step.Action.VERIFY], behind)
        raise RowsRemain(dict.fromkeys(behind, 0))


@transaction.atomic
def _do_again(step: Step, actions: list[Step.Action], systems: list[str]) -> None:
    Plan.objects.select_for_update().get(pk=step.plan_id)
    again = Step.objects.filter(plan=step.plan_id, action__in=actions, system__in=systems, state=Step.State.DONE)
    again.update(state=Step.State.WAITING, finished_at=None, queued_at=None, next_try_at=timezone.now())


def as_json(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Without what says nothing, and without any value from a row."""
    return [
        {
            "collection": outcome.collection,
            "action": str(outcome.action),
            "rows": outcome.rows,
            **{
                key: str(value)
                for key, value in (("ground", outcome.ground), ("law", outcome.law), ("until", outcome.until))
                if value
            },
        }
        for outcome in outcomes
    ]
