from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from privacycenter.demo.load import load_demo, sign_ins
from privacycenter.demo.people import PASSWORD


class Command(BaseCommand):
    help = "Fill this deployment with the running example. Running it again changes nothing."

    def handle(self, *args: object, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("The demo is loaded only where DEMO=1: everybody knows the password of its people.")
        load_demo()
        self.stdout.write(f'Sign in with the password "{PASSWORD}" as')
        for email, role in sign_ins():
            self.stdout.write(f"  {email:<26}{role}")
