from celery import shared_task

from consents.webhooks import alarm, forget, send


@shared_task
def send_due() -> None:
    """Safe to run any number of times at once: each run claims messages of its own."""
    send.send_due()


@shared_task
def forget_attempts() -> None:
    forget.forget_attempts()


@shared_task
def raise_alarms() -> None:
    alarm.raise_alarms()
