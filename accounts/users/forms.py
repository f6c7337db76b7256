from datetime import date

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.users.models import User

OLDEST = 130


class SignupForm(forms.Form):
    """What may be told beyond address and password. Nothing of it is needed to have an account."""

    field_order = ["email", "password1", "full_name", "birth_date"]
    full_name = forms.CharField(
        label=_("Your name"),
        max_length=200,
        required=False,
        help_text=_("If you like. We use it to greet you."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    birth_date = forms.DateField(
        label=_("Your date of birth"),
        required=False,
        help_text=_("If you are under 18 your parent or guardian decides with you."),
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d"),
    )

    def clean_birth_date(self) -> date | None:
        born: date | None = self.cleaned_data["birth_date"]
        today = timezone.localdate()
        if born and not today.year - OLDEST <= born.year:
            raise forms.ValidationError(_("This year is too long ago."))
        if born and born > today:
            raise forms.ValidationError(_("This day is in the future."))
        return born

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth asks for it; the adapter has saved everything already."""
