from celery import shared_task

from consents.desk import count


@shared_task
def count_choices() -> None:
    """Two at once do the same: each day's sums are replaced, never added to."""
    count.count()
