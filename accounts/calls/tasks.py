from allauth.idp.oidc.models import Token
from celery import shared_task

from accounts.calls.idempotency import forget_answers


@shared_task
def forget_kept_answers() -> None:
    forget_answers()


@shared_task
def forget_tokens() -> None:
    """Access tokens whose time is over."""
    Token.objects.expired().delete()
