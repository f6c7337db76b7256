from django.apps import AppConfig
from django.db.models.signals import post_migrate

from accounts.staff import duties
from accounts.staff.duties import Duty


class StaffConfig(AppConfig):
    name = "accounts.staff"

    def ready(self) -> None:
        for duty in Duty:
            duties.grant(duty, "subjects", "subject", "view")
            duties.grant(duty, "guardians", "guardianship", "view")
        duties.grant(Duty.OFFICER, "guardians", "guardianship", "add", "change")
        for duty in (Duty.OFFICER, Duty.AUDITOR):
            duties.grant(duty, "staff", "look", "view")
        post_migrate.connect(duties.sync_after_migrate, dispatch_uid="staff.duties")
