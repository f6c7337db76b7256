from django.apps import AppConfig


class GuardiansConfig(AppConfig):
    name = "accounts.guardians"
