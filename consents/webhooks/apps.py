from django.apps import AppConfig

from accounts.staff import alarms as staff_alarms
from accounts.staff import duties
from accounts.staff.duties import Duty


class WebhooksConfig(AppConfig):
    name = "consents.webhooks"

    def ready(self) -> None:
        from consents.webhooks.trouble import alarms

        staff_alarms.register("webhooks.view_endpoint", alarms)
        for duty in (Duty.OFFICER, Duty.SUPPORT, Duty.AUDITOR):
            for model in ("endpoint", "secret", "message", "attempt"):
                duties.grant(duty, "webhooks", model, "view")
        duties.grant(Duty.OFFICER, "webhooks", "endpoint", "add", "change")
        duties.grant(Duty.OFFICER, "webhooks", "message", "replay_message")
