from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class RequestsConfig(AppConfig):
    name = "dsar.requests"

    def ready(self) -> None:
        from dsar.archives.hand_over import on_hand_over
        from dsar.requests import follow
        from dsar.work import registry

        for kind in ("access", "erasure"):
            registry.on_progress(kind, follow.work_goes_on)
        registry.on_done("access", follow.copy_ended)
        registry.on_done("erasure", follow.erasure_ended)
        on_hand_over(follow.archive_handed_over)
        for duty in (Duty.OFFICER, Duty.SUPPORT, Duty.AUDITOR):
            for model in ("request", "requestevent"):
                duties.grant(duty, "requests", model, "view")
