from celery import shared_task

from accounts.staff import looked


@shared_task
def forget_looks() -> None:
    looked.forget_looks()
