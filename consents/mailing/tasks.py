from celery import shared_task

from consents.mailing import forget, once, send


@shared_task
def send_due() -> None:
    """Safe to run any number of times at once: each run holds what it sends."""
    send.send_due()


@shared_task
def forget_unconfirmed() -> None:
    forget.forget_unconfirmed()
    once.forget_calls()
