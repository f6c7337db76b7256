from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.mail import EmailMessage
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest
from django.utils import translation

from accounts.subjects.addresses import prove
from accounts.subjects.models import Subject
from accounts.users.joining import join
from accounts.users.models import User

if TYPE_CHECKING:
    from allauth.account.models import EmailAddress


class AccountAdapter(DefaultAccountAdapter):
    def save_user(
        self, request: HttpRequest, user: AbstractBaseUser, form: BaseForm, commit: bool = True
    ) -> AbstractBaseUser:
        super().save_user(request, user, form, commit=False)
        if commit:
            data = form.cleaned_data
            join(cast(User, user), request, full_name=data.get("full_name") or "", birth_date=data.get("birth_date"))
        return user

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        with transaction.atomic():
            confirmed = super().confirm_email(request, email_address)
            subject = cast(User, email_address.user).subject
            if confirmed and subject:
                prove(subject, email_address.email)
        return confirmed

    def clean_email(self, email: str) -> str:
        return super().clean_email(email).lower()

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        # Mail programs and auto-responders see that no person wrote this.
        headers = {"Auto-Submitted": "auto-generated", **(headers or {})}
        with translation.override(self._language(email)):
            return super().render_mail(template_prefix, email, context, headers)

    def _language(self, email: str | list[str]) -> str | None:
        """The recipient's, for whoever asks for a mail to somebody's address may speak another; else the page's."""
        emails = [email] if isinstance(email, str) else email
        found = Subject.objects.filter(user__email__in=emails).exclude(language="").values_list("language", flat=True)
        return found.first() or translation.get_language()
