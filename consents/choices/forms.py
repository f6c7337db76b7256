from collections.abc import Sequence
from datetime import datetime

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from consents.catalogue.models import Purpose
from consents.choices.models import Current, Decision
from consents.choices.record import Choice
from consents.choices.refusals import NotRecorded
from consents.choices.wholes import wholes_of

ANSWERS = [(Decision.GRANTED.value, gettext_lazy("Allow")), (Decision.REFUSED.value, gettext_lazy("Refuse"))]


def answer_name(purpose: Purpose) -> str:
    return f"choice-{purpose.slug}"


def text_name(purpose: Purpose) -> str:
    return f"text-{purpose.slug}"


def version_name(purpose: Purpose) -> str:
    return f"version-{purpose.slug}"


def answer(purpose: Purpose, choice: Current | None, now: datetime | None = None) -> str | None:
    """What the person says to the purpose as it is today; None while they have to be asked.

    Withdrawn is a way of having refused. What they said to an earlier meaning, or for a time now over, is no answer.
    """
    if choice is None or choice.is_outdated(purpose) or choice.is_over(now or timezone.now()):
        return None
    return Decision.GRANTED.value if choice.decision == Decision.GRANTED else Decision.REFUSED.value


class ChoicesForm(forms.Form):
    """One answer per optional purpose, each with the version of the purpose and the hash of the words on the page."""

    client_id = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={
            "required": gettext_lazy("Open this page anew."),
            "invalid": gettext_lazy("Open this page anew."),
        },
    )
    # Only the button "Refuse all optional" sends it.
    all = forms.ChoiceField(required=False, choices=[(Decision.REFUSED.value, "")], widget=forms.HiddenInput)

    def __init__(self, standing: Sequence[tuple[Purpose, Current | None]], data: QueryDict | None) -> None:
        super().__init__(data, auto_id="%s")
        self.standing = standing
        self.purposes = {purpose.pk: purpose for purpose, _choice in standing}
        self.wholes = wholes_of(self.purposes.values()) if data is not None else {}
        self.before = {purpose.pk: answer(purpose, choice) for purpose, choice in standing}
        for purpose, _choice in standing:
            self.fields |= self._fields(purpose)

    def _fields(self, purpose: Purpose) -> dict[str, forms.Field]:
        name = purpose.text.name
        return {
            answer_name(purpose): forms.ChoiceField(
                label=name,
                choices=ANSWERS,
                required=False,
                widget=forms.RadioSelect,
                initial=self.before[purpose.pk],
                error_messages={"invalid_choice": gettext_lazy("Choose Allow or Refuse.")},
            ),
            text_name(purpose): forms.CharField(label=name, required=False, widget=forms.HiddenInput),
            version_name(purpose): forms.IntegerField(
                label=name,
                required=False,
                min_value=1,
                max_value=32767,
                widget=forms.HiddenInput,
                error_messages={"invalid": gettext_lazy("Open this page anew.")},
            ),
        }

    def clean(self) -> None:
        """The act refuses a part without its whole; here it is told which that is."""
        if self.cleaned_data.get("all"):
            return
        for purpose in self.purposes.values():
            wholes = self._wholes_of(purpose) if self._newly_allowed(purpose) else ()
            whole = next((each for each in wholes if self._said(each) != Decision.GRANTED), None)
            if whole:
                words = _("Allow “%(whole)s” first: this is a part of it.") % {"whole": whole.text.name}
                self.add_error(answer_name(purpose), words)

    def decisions(self) -> list[Choice]:
        """Only what differs from what holds: who saves the page once more has not decided anew."""
        found = []
        for purpose in self.purposes.values():
            said = self._decided(purpose)
            if said and said != self.before[purpose.pk]:
                text = self.cleaned_data[text_name(purpose)] or None
                version = self.cleaned_data[version_name(purpose)]
                found.append(Choice(purpose.slug, said == Decision.GRANTED, text, version))
        return found

    def add_refusal(self, refusal: NotRecorded, decisions: Sequence[Choice]) -> None:
        """Put it where the person looks: at the row of the choice at fault."""
        at = f"choice-{decisions[refusal.position].purpose}" if refusal.position is not None else None
        self.add_error(at, str(refusal.message))

    def _decided(self, purpose: Purpose) -> str:
        return Decision.REFUSED.value if self.cleaned_data["all"] else self._said(purpose)

    def _said(self, purpose: Purpose) -> str:
        return str(self.cleaned_data.get(answer_name(purpose), ""))

    def _newly_allowed(self, purpose: Purpose) -> bool:
        return self._said(purpose) == Decision.GRANTED != self.before[purpose.pk]

    def _wholes_of(self, purpose: Purpose) -> list[Purpose]:
        """Those that are chosen, with their words."""
        return [self.purposes[whole.pk] for whole in self.wholes[purpose.pk] if whole.pk in self.purposes]
