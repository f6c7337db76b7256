from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules


class DatamapConfig(AppConfig):
    name = "dsar.datamap"

    def ready(self) -> None:
        from dsar.datamap.checks import declarations_fit_models

        autodiscover_modules("personal_data")
        register(declarations_fit_models, "datamap")
