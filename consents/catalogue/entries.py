"""What all entries of the catalogue have in common: a slug that never changes meaning, and texts per language."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import UUID7
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SLUG_WORDS = _("A slug is made of small letters, digits and single hyphens.")


def fallbacks(language: str | None) -> list[str]:
    """Where to look for a text: "de-at" is read in "de", and what nobody translated in the first language."""
    language = (language or get_language() or settings.LANGUAGE_CODE).lower()
    return list(dict.fromkeys([language, language.partition("-")[0], settings.LANGUAGE_CODE]))


def one_of(field: str, choices: type[models.TextChoices], *, blank: bool = False) -> models.CheckConstraint:
    """The database knows the values too. The name gets the table's own, so that abstract models may use it."""
    values = [*choices.values, *([""] if blank else [])]
    return models.CheckConstraint(name=f"%(app_label)s_%(class)s_{field}", condition=Q(**{f"{field}__in": values}))


def plain_slug() -> models.CheckConstraint:
    return models.CheckConstraint(
        name="%(app_label)s_%(class)s_slug", condition=Q(slug__regex=SLUG), violation_error_message=SLUG_WORDS
    )


class Text(models.Model):
    """What an entry is called and what it means to a person, in one language."""

    # The name of the foreign key to the entry.
    owner: str

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    language = models.CharField(_("language"), max_length=16)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @classmethod
    def best(cls, language: str | None = None) -> models.QuerySet[Self]:
        """One text per entry: in the language, else in the nearest there is."""
        choices = [When(language=code, then=Value(rank)) for rank, code in enumerate(fallbacks(language))]
        order = Case(*choices, default=Value(len(choices)))
        return cls._default_manager.order_by(f"{cls.owner}_id", order, "language").distinct(f"{cls.owner}_id")


class EntryQuerySet[E: "Entry"](models.QuerySet[E]):
    def current(self) -> Self:
        return self.filter(retired_at=None)

    def with_texts(self, language: str | None = None) -> Self:
        """Fills `entry.text` for all rows at once, in the language or the nearest there is; none: the reader's own."""
        texts = text_model(self.model).best(language)
        return self.prefetch_related(models.Prefetch("texts", texts, to_attr="best_texts"))


class Entry(models.Model):
    """Never deleted: what is no longer done is retired, because choices and archives of the past speak of it."""

    id = models.UUIDField(primary_key=True, db_default=UUID7(), editable=False)
    slug = models.CharField(_("slug"), max_length=64, unique=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    retired_at = models.DateTimeField(_("retired"), null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["position", "slug"]
        constraints = [plain_slug()]

    def __str__(self) -> str:
        return self.slug

    @property
    def text(self) -> Any:
        """Its words, in the language `with_texts` was given; without it they are fetched, in the reader's own."""
        texts = text_model(type(self))
        found = self.__dict__.get("best_texts")
        if found is None:
            found = texts.best().filter(**{texts.owner: self})
        return next(iter(found), None) or texts(name=self.slug, language=settings.LANGUAGE_CODE)


def text_model(entry: Any) -> type[Text]:
    """The texts of a class of entries."""
    return entry._meta.get_field("texts").related_model
