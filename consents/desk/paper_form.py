from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.calls.refusals import Refusal
from accounts.guardians.models import Guardianship
from accounts.subjects.models import Subject
from consents.catalogue.models import Purpose
from consents.choices.models import Current, Decision, Wording
from consents.choices.record import Choice
from consents.choices.summary import standing_choices
from consents.desk.enter import Sheet

ANSWERS = [
    ("", gettext_lazy("Nothing said")),
    (Decision.GRANTED.value, gettext_lazy("Allowed")),
    (Decision.REFUSED.value, gettext_lazy("Refused")),
]


class PersonForm(forms.Form):
    """Whose paper it is. What stands on it stays out of the address."""

    term = forms.CharField(
        label=gettext_lazy("Who signed, or for whom"),
        max_length=320,
        help_text=gettext_lazy("An e-mail address, a telephone number or a subject’s number, in full."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the paper"), choices=settings.LANGUAGES, initial=settings.LANGUAGE_CODE
    )
    new = forms.BooleanField(label=gettext_lazy("If nobody has this address yet, note a guest with it"), required=False)


@dataclass(frozen=True)
class Matter:
    """A purpose with what holds for it now, and the words that the paper may show."""

    purpose: Purpose
    choice: Current | None
    wordings: Sequence[Wording]


def matters(subject: Subject, language: str) -> list[Matter]:
    standing = standing_choices(subject, language)
    published: dict[Any, list[Wording]] = {purpose.pk: [] for purpose, _choice in standing}
    for wording in Wording.objects.filter(purpose__in=published).order_by("-pk"):
        published[wording.purpose_id].append(wording)
    return [
        Matter(purpose, choice, _in_order(published[purpose.pk], purpose, language)) for purpose, choice in standing
    ]


def _in_order(wordings: Sequence[Wording], purpose: Purpose, language: str) -> list[Wording]:
    """The present words first, then the older ones of the same language, each once."""
    now = purpose.text.sha256
    fitting = [each for each in wordings if each.language == language or each.sha256 == now]
    return sorted({each.sha256: each for each in reversed(fitting)}.values(), key=lambda each: each.sha256 != now)


class PaperForm(forms.Form):
    number = forms.UUIDField(widget=forms.HiddenInput)
    signed_on = forms.DateField(
        label=gettext_lazy("Signed on"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("The day beside the signature. What was decided later goes before it."),
    )
    signer = forms.ChoiceField(label=gettext_lazy("Signed by"))
    scan = forms.FileField(
        label=gettext_lazy("Scan"),
        help_text=gettext_lazy("PDF, JPEG or PNG, 5 MB at most. It is sealed with the person’s key."),
        widget=forms.FileInput({"accept": "application/pdf,image/jpeg,image/png"}),
    )

    def __init__(
        self,
        subject: Subject,
        language: str,
        data: QueryDict | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(data, files, **options)
        self.language = language
        self.matters = matters(subject, language)
        self.signers = {str(each.pk): each for each in [subject, *_guardians(subject)]}
        signer = self.fields["signer"]
        assert isinstance(signer, forms.ChoiceField)
        signer.choices = [
            (pk, _("The person") if each == subject else _("Their guardian, record number %(id)s") % {"id": pk})
            for pk, each in self.signers.items()
        ]
        for matter in self.matters:
            self.fields |= _fields(matter)

    def rows(self) -> list[dict[str, Any]]:
        """For the template: each purpose with its two fields."""
        return [
            {
                "matter": matter,
                "answer": self[f"choice-{matter.purpose.slug}"],
                "words": self[f"words-{matter.purpose.slug}"],
            }
            for matter in self.matters
        ]

    def clean(self) -> None:
        answers = [self.cleaned_data.get(f"choice-{matter.purpose.slug}") for matter in self.matters]
        if not any(answers) and not self.errors:
            raise forms.ValidationError(_("Say what was decided about at least one purpose."))

    def sheet(self) -> Sheet:
        said = self.cleaned_data
        return Sheet(said["scan"].read(), said["signed_on"], self.signers[said["signer"]], self.language)

    def decisions(self) -> list[Choice]:
        found = []
        for matter in self.matters:
            slug = matter.purpose.slug
            if said := self.cleaned_data[f"choice-{slug}"]:
                found.append(Choice(slug, said == Decision.GRANTED, self.cleaned_data[f"words-{slug}"]))
        return found

    def add_refusal(self, refusal: Refusal) -> None:
        self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal.message))


def _guardians(subject: Subject) -> list[Subject]:
    active = Guardianship.objects.active().filter(minor=subject).select_related("guardian")
    return [each.guardian for each in active]


def _fields(matter: Matter) -> dict[str, forms.Field]:
    name = matter.purpose.text.name
    words = [(each.sha256, _title(each, matter.purpose)) for each in matter.wordings]
    return {
        f"choice-{matter.purpose.slug}": forms.ChoiceField(
            label=name, choices=ANSWERS, required=False, widget=forms.RadioSelect
        ),
        f"words-{matter.purpose.slug}": forms.ChoiceField(
            label=_("Words on the paper"),
            choices=words,
            required=False,
            initial=words[0][0] if words else None,
        ),
    }


def _title(wording: Wording, purpose: Purpose) -> str:
    day = date_format(wording.published_at, "DATE_FORMAT")
    if wording.sha256 == purpose.text.sha256:
        return _("The present ones, of %(day)s") % {"day": day}
    return _("Earlier ones, of %(day)s: “%(name)s”") % {"day": day, "name": wording.name}
