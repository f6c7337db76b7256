from typing import Any

from django import forms
from django.http import QueryDict

from consents.choices.models import Decision
from consents.choices.record import Choice
from consents.choices.shapes import SHA256
from consents.cookies.decide import Control, Pressed
from consents.cookies.own import Visit

CONTROLS = [(each.value, each.label) for each in (Control.ACCEPT_ALL, Control.REJECT_ALL, Control.SAVE)]


class DecisionForm(forms.Form):
    """What the banner of our own pages and the settings on the cookie page send."""

    control = forms.ChoiceField(choices=CONTROLS)
    client_id = forms.UUIDField()
    shown = forms.RegexField(SHA256)

    def __init__(self, data: QueryDict, here: Visit) -> None:
        super().__init__(data)
        self.posted, self.here = data, here

    def pressed(self) -> Pressed:
        return Pressed(
            Control(self.cleaned_data["control"]),
            str(self.here.asked.said["banner"]["language"]),
            self.cleaned_data["shown"],
            str(self.cleaned_data["client_id"]),
        )

    def choices(self) -> list[Choice]:
        """Nothing is said about what is neither allowed nor refused; to refuse all is about all."""
        said = {purpose["purpose"]: self._answer(purpose) for purpose in self.here.asked.purposes}
        return [
            Choice(slug, allow, self.posted.get(f"text-{slug}")) for slug, allow in said.items() if allow is not None
        ]

    def _answer(self, purpose: dict[str, Any]) -> bool | None:
        slug = purpose["purpose"]
        match self.cleaned_data["control"]:
            case Control.REJECT_ALL:
                return False
            case Control.ACCEPT_ALL:
                if self.here.is_locked(purpose):
                    return False
                # What the page did not show is not allowed by it.
                return True if f"text-{slug}" in self.posted else None
        answers = {Decision.GRANTED.value: True, Decision.REFUSED.value: False}
        return answers.get(self.posted.get(f"choice-{slug}", ""))
