from uuid import UUID

from celery import shared_task

from consents.cookies.scanning import run, schedule


@shared_task
def run_scan(scan_id: str) -> None:
    """Safe to deliver twice: a scan that someone else holds or that is over is left alone."""
    run.run(UUID(scan_id))


@shared_task
def start_due_scans() -> None:
    """Two at once send twice, and the second message finds the scan taken."""
    run.start_due()


@shared_task
def scan_next_site() -> None:
    """Safe to run twice: a site that is being scanned, or was lately, is left alone."""
    schedule.scan_next_site()
