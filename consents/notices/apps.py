from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class NoticesConfig(AppConfig):
    name = "consents.notices"

    def ready(self) -> None:
        for duty in Duty:
            for model in ("notice", "noticetext", "delivery", "attempt", "result"):
                duties.grant(duty, "notices", model, "view")
