from collections.abc import Sequence

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from consents.catalogue.models import Purpose
from consents.choices.models import Current, Decision
from consents.choices.record import Choice
from consents.choices.refusals import NotRecorded

ANSWERS = [(Decision.GRANTED.value, _("Allow")), (Decision.REFUSED.value, _("Refuse"))]


def answer_name(purpose: Purpose) -> str:
    return f"choice-{purpose.slug}"


def text_name(purpose: Purpose) -> str:
    return f"text-{purpose.slug}"


class ChoicesForm(forms.Form):
    """One answer per optional purpose, each with the hash of the words that the page showed."""

    client_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": _("Open this page anew."), "invalid": _("Open this page anew.")},
    )
    # Only the button "Refuse all optional" sends it.
    all = forms.ChoiceField(required=False, choices=[(Decision.REFUSED.value, "")], widget=forms.HiddenInput)

    def __init__(self, standing: Sequence[tuple[Purpose, Current | None]], data: QueryDict | None) -> None:
        super().__init__(data, auto_id="%s")
        self.standing = standing
        for purpose, choice in standing:
            self.fields[answer_name(purpose)] = forms.ChoiceField(
                label=purpose.text.name,
                choices=ANSWERS,
                required=False,
                widget=forms.RadioSelect,
                initial=_answer(choice),
                error_messages={"invalid_choice": _("Choose Allow or Refuse.")},
            )
            self.fields[text_name(purpose)] = forms.CharField(
                label=purpose.text.name, required=False, widget=forms.HiddenInput
            )

    def decisions(self) -> list[Choice]:
        """Only what differs from what holds: who saves the page once more has not decided anew."""
        refuse_all = bool(self.cleaned_data["all"])
        found = []
        for purpose, choice in self.standing:
            answer = Decision.REFUSED.value if refuse_all else self.cleaned_data[answer_name(purpose)]
            if answer and answer != _answer(choice):
                text = self.cleaned_data[text_name(purpose)] or None
                found.append(Choice(purpose.slug, answer == Decision.GRANTED, text))
        return found

    def add_refusal(self, refusal: NotRecorded, decisions: Sequence[Choice]) -> None:
        """Put it where the person looks: at the row of the choice at fault."""
        at = f"choice-{decisions[refusal.position].purpose}" if refusal.position is not None else None
        self.add_error(at, str(refusal.message))


def _answer(choice: Current | None) -> str | None:
    """Withdrawn is a way of having refused."""
    if choice is None:
        return None
    return Decision.GRANTED.value if choice.decision == Decision.GRANTED else Decision.REFUSED.value
