from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import UUID7, Lower, Now
from django.utils.translation import gettext_lazy as _

from accounts.subjects.addresses import move, move_phone
from accounts.subjects.sealing import SealedTextField


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """How a subject, or a member of staff, signs in. Facts about the person hang on the subject."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    subject = models.OneToOneField(
        "subjects.Subject", models.PROTECT, null=True, blank=True, related_name="user", verbose_name=_("subject")
    )
    # Always in lower case, so that one person can not have two accounts that look alike.
    email = models.EmailField(
        _("e-mail address"),
        unique=True,
        error_messages={"unique": _("Somebody signs in with this address already.")},
    )
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    date_joined = models.DateTimeField(_("joined"), db_default=Now(), editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.CheckConstraint(
                name="users_email_in_lower_case",
                condition=Q(email=Lower("email")),
                violation_error_message=_("Addresses are kept in lower case."),
            ),
            models.CheckConstraint(
                name="users_person_or_staff",
                condition=Q(subject__isnull=False) | Q(is_staff=True),
                violation_error_message=_("Who is not staff must be a subject."),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Whoever changes the address, allauth or staff: the subject is found by the new one from then on."""
        if update_fields is not None and "email" not in update_fields:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, update_fields=update_fields, **kwargs)
            if self.subject:
                move(self.subject, self.email)


class Profile(models.Model):
    """What a person told us about themselves here. All of it is sealed with their key."""

    subject = models.OneToOneField(
        "subjects.Subject", models.PROTECT, primary_key=True, related_name="profile", verbose_name=_("subject")
    )
    full_name = SealedTextField(_("name"))
    phone = SealedTextField(_("telephone number"))
    # ISO 8601, so that it sorts and parses without a locale.
    birth_date = SealedTextField(_("date of birth"))

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return str(self.pk)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """The subject is found by the telephone number that stands here, as by the address they sign in with."""
        if update_fields is not None and "phone" not in update_fields:
            super().save(*args, update_fields=update_fields, **kwargs)
            return
        with transaction.atomic():
            super().save(*args, update_fields=update_fields, **kwargs)
            move_phone(self.subject, self.phone)
