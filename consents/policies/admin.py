from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.subjects.admin import ReadOnlyAdmin
from consents.policies import staff_pages
from consents.policies.draft import next_number, next_version
from consents.policies.gate import look_again
from consents.policies.locked import EditedMeanwhile
from consents.policies.models import Acknowledgement, Document, Version, VersionText


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin[Document]):
    list_display = ["title", "slug", "position", "acceptance"]

    def save_model(self, request: HttpRequest, obj: Document, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        look_again()

    def get_readonly_fields(self, request: HttpRequest, obj: Document | None = None) -> list[str]:
        """Permanent links hang on the slug."""
        return ["slug"] if obj and Version.objects.published().filter(document=obj).exists() else []


class VersionTextForm(forms.ModelForm[VersionText]):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = VersionText
        fields = ["language", "title", "summary", "body"]
        widgets = {
            "summary": forms.Textarea({"rows": 6, "cols": 100}),
            "body": forms.Textarea({"rows": 30, "cols": 100}),
        }

    class Media:
        js = [Script("js/preview.js", type="module")]
        css = {"all": ["css/staff-policies.css"]}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("summary", "body"):
            shown = {"data-previewed": _("Preview"), "data-preview": reverse("admin:policies_version_preview")}
            self.fields[name].widget.attrs |= shown


class VersionTextInline(admin.StackedInline[VersionText, Version]):
    model = VersionText
    form = VersionTextForm
    extra = 0
    min_num = 1

    def has_add_permission(self, request: HttpRequest, obj: Version | None = None) -> bool:
        return _may_change(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_change(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may_change(obj) and super().has_delete_permission(request, obj)


class VersionForm(forms.ModelForm[Version]):
    """Remembers what the editor saw, so that of two editors the second is told instead of winning."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Version
        fields = ["document", "number", "material", "reason", "effective_at"]
        widgets = {"reason": forms.Textarea({"rows": 3, "cols": 100})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.edited_at:
            self.initial["seen"] = self.instance.edited_at.isoformat()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        stored = Version.objects.select_for_update().filter(pk=self.instance.pk).first()
        if stored and parse_datetime(cleaned.get("seen", "")) != stored.edited_at:
            raise ValidationError(EditedMeanwhile.message, code=EditedMeanwhile.code)
        return cleaned


DEEDS = ("submitted", "approved", "published", "withdrawn")


@admin.register(Version)
class VersionAdmin(admin.ModelAdmin[Version]):
    form = VersionForm
    inlines = [VersionTextInline]
    list_display = ["__str__", "state", "material", "languages", "effective_at", "published_at"]
    list_filter = ["document", "state", "material"]
    list_select_related = ["document"]
    actions = ["make_next"]
    change_form_template = "policies/staff/change_form.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Version | None = None) -> list[str]:
        """Of what happened to it what did."""
        happened = [f"{deed}_{what}" for deed in DEEDS for what in ("at", "by")]
        return ["state", *(name for name in (*happened, "notice") if obj and getattr(obj, name))]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Version]:
        return super().get_queryset(request).prefetch_related("texts")

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "life": staff_pages.life_page,
            "compare": staff_pages.compare_page,
            "next": staff_pages.next_page,
        }
        preview = self.admin_site.admin_view(staff_pages.preview)
        return (
            [path("preview/", preview, name="policies_version_preview")]
            + [
                path(f"<uuid:pk>/{name}/", self.admin_site.admin_view(page), name=f"policies_version_{name}")
                for name, page in pages.items()
            ]
            + super().get_urls()
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        document = Document.objects.first()
        suggested = {"document": document.pk, "number": next_number(document)} if document else {"number": "1.0"}
        return {**suggested, **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request: HttpRequest, obj: Version | None = None) -> bool:
        return _may_change(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Version | None = None) -> bool:
        return _may_change(obj) and super().has_delete_permission(request, obj)

    @admin.display(description=gettext_lazy("languages"))
    def languages(self, version: Version) -> str:
        return ", ".join(text.language for text in version.texts.all())

    @admin.action(description=gettext_lazy("Make the next version from it"), permissions=["add"])
    def make_next(self, request: HttpRequest, queryset: QuerySet[Version]) -> HttpResponse | None:
        if len(chosen := list(queryset[:2])) != 1:
            self.message_user(request, _("Choose the one version to go on from."), messages.ERROR)
            return None
        return redirect("admin:policies_version_change", next_version(chosen[0]).pk)


def _may_change(version: Version | None) -> bool:
    return version is None or version.is_draft


@admin.register(Acknowledgement)
class AcknowledgementAdmin(ReadOnlyAdmin):
    list_display = ["at", "subject", "version", "method", "language"]
    list_filter = ["version", "method"]
    list_select_related = ["subject", "version__document"]
    search_fields = ["=subject__id"]
