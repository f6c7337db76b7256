from django import forms
from django.utils.translation import gettext_lazy as _


class EraseForm(forms.Form):
    """Anything but an explicit yes counts as no."""

    confirm = forms.BooleanField(
        label=_("Yes, I want my account and my data to be deleted."),
        error_messages={"required": _("Tick this box if you want your account to be deleted.")},
    )
