"""What staff may do follows from their duties. A duty is a group; rooms say from their `apps.py` what it may do."""

from collections import defaultdict

from django.apps import AppConfig, apps
from django.db import models
from django.utils.translation import gettext_lazy as _


class Duty(models.TextChoices):
    OFFICER = "officer", _("Privacy officer")
    EDITOR = "editor", _("Policy editor")
    SUPPORT = "support", _("Support")
    AUDITOR = "auditor", _("Auditor")


_granted: dict[Duty, set[tuple[str, str]]] = defaultdict(set)


def grant(duty: Duty, app: str, model: str, *actions: str) -> None:
    """`actions` are Django's view, add, change, delete or a permission's own name."""
    codes = {f"{action}_{model}" if action in {"view", "add", "change", "delete"} else action for action in actions}
    _granted[duty] |= {(app, code) for code in codes}


def sync() -> None:
    """Make the groups hold exactly what was granted. May run at any time, and again."""
    from django.contrib.auth.models import Group, Permission

    permissions = {(p.content_type.app_label, p.codename): p for p in Permission.objects.select_related("content_type")}
    for duty in Duty:
        group, _created = Group.objects.get_or_create(name=duty.value)
        group.permissions.set(permissions[wanted] for wanted in _granted[duty])


def sync_after_migrate(sender: AppConfig, **_signal: object) -> None:
    """The last app with models comes last, and only then do all permissions exist."""
    if sender == [config for config in apps.get_app_configs() if config.models_module][-1]:
        sync()
