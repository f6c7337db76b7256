from django.apps import AppConfig
from django.core.checks import register


class ConnectorsConfig(AppConfig):
    name = "dsar.connectors"

    def ready(self) -> None:
        from dsar.connectors.checks import manifests_are_right
        from dsar.connectors.manifests import described
        from dsar.datamap.systems import register_systems

        register_systems(described)
        register(manifests_are_right, "datamap")
