"""Which steps a plan has. They follow from the systems alone, so a plan can be read before it runs."""

from collections.abc import Iterator

from dsar.datamap.own import KEY as OWN
from dsar.datamap.systems import systems
from dsar.work.models import Plan, Step


def lay_out(plan: Plan) -> list[Step]:
    """The steps as the systems are now; saves them in the place of those that were there."""
    plan.steps.all().delete()
    steps = _copy(plan) if plan.kind == Plan.Kind.ACCESS else _erasure(plan)
    return Step.objects.bulk_create(list(steps))


def _copy(plan: Plan) -> Iterator[Step]:
    """Collect everything at once, then put it together. A system that stays away is left out and named."""
    for system in systems():
        for collection in system.collections():
            yield Step(
                plan=plan,
                stage=0,
                action=Step.Action.GATHER,
                system=system.key,
                collection=collection.name,
                required=False,
            )
    yield Step(plan=plan, stage=1, action=Step.Action.SEAL)


def _erasure(plan: Plan) -> Iterator[Step]:
    """The other systems first, then look again, and our own tables last: they hold what finds the person elsewhere."""
    for system in systems():
        if system.key != OWN:
            yield Step(plan=plan, stage=0, action=Step.Action.ERASE, system=system.key)
            yield Step(plan=plan, stage=1, action=Step.Action.VERIFY, system=system.key)
    yield Step(plan=plan, stage=2, action=Step.Action.FINISH, system=OWN)
