from celery import shared_task

from dsar.archives.clear import clear_leftovers, clear_spent


@shared_task
def clear() -> None:
    clear_spent()
    clear_leftovers()
