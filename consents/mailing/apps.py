from django.apps import AppConfig

from consents.choices import links


class MailingConfig(AppConfig):
    name = "consents.mailing"

    def ready(self) -> None:
        from consents.mailing.unsubscribe import link

        links.register(link)
