from celery import shared_task

from dsar.work.queue import free_abandoned, queue_due
from dsar.work.run import run
from dsar.work.start import begin_due


@shared_task
def run_step(step_id: str) -> None:
    run(step_id)


@shared_task
def look_for_work() -> None:
    """Sent by beat every few seconds. Whatever was lost, by a worker or by the broker, is found here."""
    free_abandoned()
    queue_due()
    begin_due()
