from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class CookiesConfig(AppConfig):
    name = "consents.cookies"

    def ready(self) -> None:
        from consents.cookies import contents

        contents.register_sections()
        for duty in Duty:
            duties.grant(duty, "cookies", "tracker", "view")
            duties.grant(duty, "cookies", "trackertext", "view")
            duties.grant(duty, "cookies", "site", "view")
            duties.grant(duty, "cookies", "siteorigin", "view")
            duties.grant(duty, "cookies", "scan", "view")
        duties.grant(Duty.OFFICER, "cookies", "site", "add", "change")
        duties.grant(Duty.OFFICER, "cookies", "siteorigin", "add", "change", "delete")
        duties.grant(Duty.OFFICER, "cookies", "scan", "add")
        # What a scan finds is declared by the same people.
        duties.grant(Duty.OFFICER, "cookies", "tracker", "add", "change")
