"""One collection of one system, row by row into a sealed part file."""

import json
from uuid import uuid4

from django.utils import timezone

from dsar.archives import shelf
from dsar.archives.clear import PARTS
from dsar.datamap.systems import Identities, system
from dsar.work.lease import Lease, settle
from dsar.work.models import Plan, Step

# Rows between two looks at the lease.
CHECK_EVERY = 1000


def who(plan: Plan) -> Identities:
    """By what the person was known when they asked, and by what we have learnt of them since."""
    return Identities.known_by(plan.subject, plan.email)


def gather(step: Step, lease: Lease) -> None:
    """Raises SourceUnavailable, LeaseLost, KeyDestroyed."""
    name = f"{PARTS}/{uuid4().hex}"
    rows = size = 0
    with shelf.writing(step.plan.subject, name) as part:
        for row in system(step.system).rows(who(step.plan), step.collection):
            if rows % CHECK_EVERY == 0:
                lease.check()
            line = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
            part.write(line + b"\n")
            rows += 1
            size += len(line) + 1
    outcome = {"part": name, "size": size}
    settle(step, state=Step.State.DONE, finished_at=timezone.now(), rows=rows, outcome=outcome)
