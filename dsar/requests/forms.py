from django import forms
from django.utils.translation import gettext_lazy as _


class EraseForm(forms.Form):
    """Anything but an explicit yes counts as no."""

    # Our own words at the field say more than the browser's.
    use_required_attribute = False

    confirm = forms.BooleanField(
        label=_("Yes, I want my account and my data to be deleted"),
        error_messages={"required": _("Tick this box if you want your account to be deleted.")},
    )
