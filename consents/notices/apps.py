from django.apps import AppConfig

from accounts.staff import alarms as staff_alarms
from accounts.staff import duties
from accounts.staff.duties import Duty


class NoticesConfig(AppConfig):
    name = "consents.notices"

    def ready(self) -> None:
        from consents.notices.alarms import alarms

        staff_alarms.register("notices.steer_notice", alarms)
        for duty in Duty:
            for model in ("notice", "noticetext", "noticeevent", "delivery", "attempt", "result"):
                duties.grant(duty, "notices", model, "view")
        for duty in (Duty.OFFICER, Duty.EDITOR):
            duties.grant(duty, "notices", "notice", "steer_notice")
