from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class ChoicesConfig(AppConfig):
    name = "consents.choices"

    def ready(self) -> None:
        from accounts.subjects.merge import on_merge
        from consents.choices.merge import take_over

        on_merge(take_over)
        for duty in (Duty.OFFICER, Duty.SUPPORT, Duty.AUDITOR):
            for model in ("event", "current", "wording"):
                duties.grant(duty, "choices", model, "view")
        for duty in (Duty.OFFICER, Duty.AUDITOR):
            duties.grant(duty, "choices", "event", "see_evidence")
