"""The form for an entry of any section, made from what the section says of its fields."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from consents.catalogue.compare import label_of, name_of
from consents.catalogue.durations import is_duration
from consents.catalogue.edit import Draft, fingerprint
from consents.catalogue.entries import SLUG, SLUG_WORDS
from consents.catalogue.read import NAME, SLUG_LENGTH, TEXT
from consents.catalogue.sections import (
    Duration,
    Durations,
    Field,
    Flag,
    Link,
    Links,
    OneOf,
    Row,
    Rows,
    Section,
    Wording,
    Words,
    is_jurisdiction,
)
from consents.catalogue.yaml_file import is_printable, one_form

LANGUAGES = dict(settings.LANGUAGES)


def _duration(text: str) -> None:
    if not is_duration(text):
        raise ValidationError(
            _("“%(value)s” is not an ISO 8601 duration, such as P6M or PT30M."), params={"value": text}
        )


class WordsField(forms.CharField):
    """Text in the one form in which the catalogue keeps it."""

    def to_python(self, value: Any) -> str:
        return one_form(super().to_python(value) or "")

    def validate(self, value: Any) -> None:
        super().validate(value)
        if not is_printable(value):
            raise ValidationError(_("There is a control character in the text."))


class DurationsField(forms.CharField):
    """A line for each jurisdiction: EU_GDPR/DE P6M."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{place} {period}" for place, period in value.items()) if isinstance(value, dict) else value

    def to_python(self, value: Any) -> Any:
        words = str(value or "").split()
        if len(words) % 2 or not all(is_jurisdiction(place) for place in words[::2]):
            raise ValidationError(_("Write a line for each jurisdiction, such as: EU_GDPR/DE P6M"))
        for period in words[1::2]:
            _duration(period)
        return dict(zip(words[::2], words[1::2], strict=True))


class EntryForm(forms.Form):
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, section: Section, rows: Rows, row: Row | None, data: Any = None) -> None:
        """`row`: the entry as it stands; None: a new one."""
        super().__init__(data)
        self.section, self.rows, self.row = section, rows, row
        is_current = row is not None and row.slug in rows[section.name]
        self.initial = {"seen": fingerprint(section, row if is_current else None)}
        if row is None:
            is_slug = RegexValidator(SLUG, SLUG_WORDS)
            self.fields["slug"] = forms.CharField(
                label=_("Slug"), max_length=SLUG_LENGTH, help_text=SLUG_WORDS, validators=[is_slug]
            )
        for column, each in section.columns().items():
            if made := self._made(column, each):
                self.fields[column] = made
                self.initial[column] = each.write(row.values[column]) if row else each.default
        self.fields |= dict(self._wordings())
        if row is not None:
            self.fields |= dict(self._deeds())
            self.initial["retired"] = not is_current

    def suggest(self, said: Mapping[str, str]) -> None:
        """What a link proposes for a new entry, as Django's own forms take it from an address."""
        lists = (forms.MultipleChoiceField, DurationsField)
        proposed = {name for name, field in self.fields.items() if name in said and not isinstance(field, lists)}
        self.initial.update({name: said[name] for name in proposed - {"seen"}})

    def _made(self, column: str, each: Field) -> forms.Field | None:
        help_text = getattr(self.section.model._meta.get_field(column), "help_text", "")
        common: Any = {"label": label_of(self.section, column), "required": each.required, "help_text": help_text}
        match each:
            case Links():
                return forms.MultipleChoiceField(
                    choices=self._entries(each.section), widget=forms.CheckboxSelectMultiple, **common
                )
            case Link():
                return forms.ChoiceField(choices=[("", "–"), *self._entries(each.section)], **common)
            case OneOf():
                return forms.ChoiceField(choices=[("", "–"), *each.choices.choices], **common)
            case Flag():
                return forms.BooleanField(**common)
            case Duration():
                return WordsField(validators=[_duration], **common)
            case Durations():
                common["help_text"] = _("A line for each jurisdiction where it differs, such as: EU_GDPR/DE P6M")
                return DurationsField(widget=forms.Textarea({"rows": 2, "cols": 40}), **common)
            case Words():
                matches = RegexValidator(rf"\A(?:{each.pattern})\Z", str(each.hint))
                return WordsField(max_length=each.longest, validators=[matches] if each.pattern else [], **common)
        return None

    def _entries(self, section: str) -> list[tuple[str, str]]:
        return [(slug, f"{name_of(self.rows, section, slug)} ({slug})") for slug in self.rows[section]]

    def _wordings(self) -> Iterator[tuple[str, forms.Field]]:
        texts = self.row.texts if self.row else {}
        for language, name in LANGUAGES.items():
            words = texts.get(language, Wording("", ""))
            self.initial[f"name_{language}"], self.initial[f"description_{language}"] = words
            is_first = language == settings.LANGUAGE_CODE
            yield (
                f"name_{language}",
                WordsField(
                    label=_("Name (%(language)s)") % {"language": name},
                    max_length=NAME.longest,
                    required=is_first,
                    widget=forms.TextInput({"size": 80, "lang": language}),
                ),
            )
            yield (
                f"description_{language}",
                WordsField(
                    label=_("Description (%(language)s)") % {"language": name},
                    max_length=TEXT.longest,
                    required=is_first and self.section.described,
                    widget=forms.Textarea({"rows": 3, "cols": 80, "lang": language}),
                ),
            )

    def _deeds(self) -> Iterator[tuple[str, forms.Field]]:
        if self.section.name == "purposes":
            yield (
                "asks_again",
                forms.BooleanField(
                    label=_("The words mean something new: ask again"),
                    required=False,
                    help_text=_("More data, more recipients and longer keeping ask again by themselves."),
                ),
            )
        yield (
            "retired",
            forms.BooleanField(
                label=_("Retired"), required=False, help_text=_("It is no longer done and no longer shown.")
            ),
        )
        wide = forms.TextInput({"size": 80})
        yield "reason", WordsField(label=_("Reason, for the record"), max_length=500, required=False, widget=wide)

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if self.section.model._default_manager.filter(slug=slug).exists():
            raise ValidationError(_("There is an entry with this slug. Open that one, also if it is retired."))
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for language in LANGUAGES:
            name, description = cleaned.get(f"name_{language}"), cleaned.get(f"description_{language}")
            if description and not name:
                self.add_error(f"name_{language}", _("A description needs a name."))
            elif name and not description and self.section.described:
                self.add_error(f"description_{language}", _("A name needs a description."))
        return cleaned

    def draft(self) -> Draft:
        """Of valid input."""
        said = self.cleaned_data
        texts = {language: Wording(said[f"name_{language}"], said[f"description_{language}"]) for language in LANGUAGES}
        others = {} if self.row is None else {k: v for k, v in self.row.texts.items() if k not in LANGUAGES}
        return Draft(
            section=self.section,
            slug=self.row.slug if self.row else said["slug"],
            seen=said["seen"],
            values=None if said.get("retired") else {column: said.get(column) for column in self.section.columns()},
            texts={language: words for language, words in texts.items() if words.name} | others,
            asks_again=said.get("asks_again", False),
            reason=said.get("reason", ""),
        )
