from django.apps import AppConfig


class DatamapConfig(AppConfig):
    name = "dsar.datamap"
