from celery import shared_task

from consents.notices import send, skip


@shared_task
def send_due() -> None:
    """Safe to run any number of times at once: each run claims batches of its own."""
    skip.skip_cancelled()
    send.send_due()
