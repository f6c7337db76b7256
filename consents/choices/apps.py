from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from accounts.staff import duties
from accounts.staff.duties import Duty


class ChoicesConfig(AppConfig):
    name = "consents.choices"

    def ready(self) -> None:
        from accounts.calls import systems
        from accounts.subjects.merge import on_merge
        from consents.catalogue import effects
        from consents.choices import asked_again
        from consents.choices.merge import take_over

        on_merge(take_over)
        effects.register(asked_again.count)
        systems.offer("choices:check", _("Ask whether people’s data may be used for a purpose"))
        systems.offer("choices:record", _("Record what people decided"))
        duties.grant(Duty.OFFICER, "allauth_idp_oidc", "client", "view", "add", "change", "delete")
        duties.grant(Duty.AUDITOR, "allauth_idp_oidc", "client", "view")
        for duty in (Duty.OFFICER, Duty.SUPPORT, Duty.AUDITOR):
            for model in ("event", "current", "wording"):
                duties.grant(duty, "choices", model, "view")
        for duty in (Duty.OFFICER, Duty.AUDITOR):
            duties.grant(duty, "choices", "event", "see_evidence")
