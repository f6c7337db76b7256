from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty
from consents.choices import links


class MailingConfig(AppConfig):
    name = "consents.mailing"

    def ready(self) -> None:
        from consents.mailing.allowed import allowed
        from consents.mailing.unsubscribe import headers, link
        from consents.notices import optional

        links.register(link)
        optional.register(optional.Rules(allowed, link, headers))
        for duty in (Duty.OFFICER, Duty.SUPPORT, Duty.AUDITOR):
            duties.grant(duty, "mailing", "confirmation", "view")
            duties.grant(duty, "mailing", "call", "view")
