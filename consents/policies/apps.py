from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class PoliciesConfig(AppConfig):
    name = "consents.policies"

    def ready(self) -> None:
        from accounts.users.joining import on_join
        from consents.policies.acknowledge import acknowledge_on_joining

        on_join(acknowledge_on_joining)
        for duty in Duty:
            for model in ("document", "version", "versiontext", "acknowledgement"):
                duties.grant(duty, "policies", model, "view")
        duties.grant(Duty.EDITOR, "policies", "document", "add", "change")
        duties.grant(Duty.EDITOR, "policies", "version", "add", "change", "delete", "publish_version")
        for duty in (Duty.EDITOR, Duty.OFFICER):
            duties.grant(duty, "policies", "version", "approve_version")
        duties.grant(Duty.EDITOR, "policies", "versiontext", "add", "change", "delete")
