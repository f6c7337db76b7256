from django.apps import AppConfig

from accounts.staff import duties
from accounts.staff.duties import Duty


class CatalogueConfig(AppConfig):
    name = "consents.catalogue"

    def ready(self) -> None:
        from consents.catalogue import contents

        contents.register_sections()
        for duty in Duty:
            for model in ("datacategory", "recipient", "retention", "service", "purpose"):
                duties.grant(duty, "catalogue", model, "view")
                duties.grant(duty, "catalogue", f"{model}text", "view")
            duties.grant(duty, "catalogue", "purposeversion", "view")
        for duty in (Duty.OFFICER, Duty.EDITOR):
            for model in ("datacategory", "recipient", "retention", "service", "purpose"):
                duties.grant(duty, "catalogue", model, "add", "change")
