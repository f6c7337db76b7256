from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class ArchivesConfig(AppConfig):
    name = "dsar.archives"

    def ready(self) -> None:
        for duty in (Duty.OFFICER, Duty.SUPPORT, Duty.AUDITOR):
            duties.grant(duty, "archives", "archive", "view")
