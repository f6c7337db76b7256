from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class WorkConfig(AppConfig):
    name = "dsar.work"

    def ready(self) -> None:
        for duty in (Duty.OFFICER, Duty.SUPPORT, Duty.AUDITOR):
            for model in ("plan", "step", "certificate"):
                duties.grant(duty, "work", model, "view")
        duties.grant(Duty.OFFICER, "work", "step", "retry_step")
