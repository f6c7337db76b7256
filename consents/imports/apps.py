from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class ImportsConfig(AppConfig):
    name = "consents.imports"

    def ready(self) -> None:
        for duty in (Duty.OFFICER, Duty.AUDITOR):
            for model in ("import", "problem"):
                duties.grant(duty, "imports", model, "view")
