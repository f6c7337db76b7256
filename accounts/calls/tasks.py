from celery import shared_task

from accounts.calls.idempotency import forget_answers


@shared_task
def forget_kept_answers() -> None:
    forget_answers()
