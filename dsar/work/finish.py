"""The last step of an erasure: our own tables, the certificate, the tombstone, the farewell. All of it, or nothing."""

from datetime import date, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.subjects.addresses import emails_of
from accounts.subjects.life import entomb
from accounts.subjects.models import Subject
from accounts.users.confirmed import hand_over
from accounts.users.leaving import sign_out_everywhere
from dsar.archives.clear import files_of
from dsar.archives.shelf import shelf
from dsar.datamap.systems import Identities, Outcome, system
from dsar.work import registry
from dsar.work.certify import certify
from dsar.work.erase import RowsRemain, as_json, look_again
from dsar.work.gather import who
from dsar.work.lease import Lease, settle
from dsar.work.models import Plan, Step


def finish(step: Step, lease: Lease) -> None:
    """Raises SourceUnavailable, RowsRemain, LeaseLost; then nothing has happened here."""
    look_again(step)
    _finish(step)


@transaction.atomic
def _finish(step: Step) -> None:
    plan = Plan.objects.select_for_update(of=("self",)).select_related("subject").get(pk=step.plan_id)
    subject = Subject.objects.select_for_update(no_key=True).get(pk=plan.subject_id)
    person, files, addresses = who(plan), files_of(subject), emails_of(subject)
    # Nobody turns out to be this person as long as the subject is locked; somebody may have, a moment before.
    look_again(step)
    sign_out_everywhere(subject)
    outcomes = _erase_own(step, person)
    now = timezone.now()
    settle(
        step,
        state=Step.State.DONE,
        finished_at=now,
        rows=sum(outcome.rows for outcome in outcomes),
        outcome={"outcomes": as_json(outcomes)},
    )
    certify(plan)
    _cancel_others(plan)
    plan.state, plan.finished_at = Plan.State.DONE, now
    plan.save(update_fields=["state", "finished_at"])
    # Before the key goes: whoever says farewell needs the address and the language.
    registry.tell_done(plan)
    Plan.objects.filter(subject=subject).update(email=None)
    entomb(subject, evidence_until=_evidence_until(timezone.localdate()))
    hand_over(addresses)
    for name in files:
        transaction.on_commit(partial(shelf().delete, name))


def _erase_own(step: Step, person: Identities) -> list[Outcome]:
    own = system(step.system)
    outcomes = own.erase(person)
    if remaining := own.remaining(person):
        raise RowsRemain(remaining)
    return outcomes


def _cancel_others(plan: Plan) -> None:
    """Work for the same subject that is stuck has lost its object."""
    others = Plan.objects.open().filter(subject=plan.subject_id).exclude(pk=plan.pk)
    for other in others.select_for_update():
        now = timezone.now()
        other.state, other.finished_at = Plan.State.CANCELLED, now
        other.save(update_fields=["state", "finished_at"])
        other.steps.exclude(state=Step.State.DONE).update(
            state=Step.State.CANCELLED, finished_at=now, holder=None, leased_until=None
        )
        registry.tell_done(other)


def _evidence_until(today: date) -> date:
    period: timedelta = settings.EVIDENCE_PERIOD
    return today + period
