from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class DeskConfig(AppConfig):
    name = "consents.desk"

    def ready(self) -> None:
        for duty in (Duty.OFFICER, Duty.SUPPORT):
            duties.grant(duty, "desk", "paper", "view", "add")
        duties.grant(Duty.AUDITOR, "desk", "paper", "view")
        for duty in (Duty.OFFICER, Duty.EDITOR, Duty.AUDITOR):
            duties.grant(duty, "desk", "tally", "view")
