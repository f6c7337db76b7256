from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts.staff import alarms as staff_alarms
from accounts.staff import duties
from accounts.staff.duties import Duty


class CookiesConfig(AppConfig):
    name = "consents.cookies"

    def ready(self) -> None:
        from accounts.calls import systems
        from consents.cookies import contents
        from consents.cookies.scanning.alarms import alarms

        # Whoever can do something about it.
        staff_alarms.register("cookies.add_scan", alarms)
        contents.register_sections()
        systems.offer("cookies:person", _("Tell the pages of a site who is signed in there"))
        for model in (
            "tracker",
            "trackertext",
            "site",
            "siteorigin",
            "sitetext",
            "banner",
            "googlesignal",
            "scan",
            "trackerversion",
        ):
            for duty in Duty:
                duties.grant(duty, "cookies", model, "view")
        duties.grant(Duty.OFFICER, "cookies", "site", "add", "change")
        duties.grant(Duty.OFFICER, "cookies", "scan", "add")
        # What a scan finds is declared by the same people.
        duties.grant(Duty.OFFICER, "cookies", "tracker", "add", "change")
        for model in ("siteorigin", "sitetext", "googlesignal"):
            duties.grant(Duty.OFFICER, "cookies", model, "add", "change", "delete")
