from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.staff import duties
from accounts.staff.duties import Duty


class DeskConfig(AppConfig):
    name = "consents.desk"

    def ready(self) -> None:
        from consents.choices import evidence_view

        evidence_view.register("paper", _("Paper"), lambda number: reverse("admin:desk_paper_change", args=[number]))
        evidence_view.register("scan_sha256", _("SHA-256 of the scan"))
        for duty in (Duty.OFFICER, Duty.SUPPORT):
            duties.grant(duty, "desk", "paper", "view", "add")
        duties.grant(Duty.AUDITOR, "desk", "paper", "view")
        for duty in (Duty.OFFICER, Duty.EDITOR, Duty.AUDITOR):
            duties.grant(duty, "desk", "tally", "view")
