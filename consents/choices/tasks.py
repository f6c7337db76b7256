from celery import shared_task

from consents.choices import expiry


@shared_task
def expire() -> None:
    """Safe to run any number of times at once: each run takes what no other has."""
    expiry.expire_due()
