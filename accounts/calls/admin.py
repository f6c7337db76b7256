import re
from secrets import token_urlsafe
from typing import Any

from allauth.idp.oidc import admin as allauth_admin
from allauth.idp.oidc.models import Client, Token
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.calls.models import Answer
from accounts.calls.systems import offered
from accounts.subjects.admin import ReadOnlyAdmin


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ["id", "subject", "status", "created_at"]
    exclude = ["body"]


class SystemForm(forms.ModelForm[Client]):
    class Meta:
        model = Client
        fields = ["name", "scopes"]
        labels = {"name": _("Name"), "scopes": _("Scopes")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "scopes" not in self.fields:
            return
        self.fields["scopes"].help_text = _(
            "One on each line: %(acts)s. Followed by a colon and a purpose, or for cookies a site, for this one only."
        ) % {"acts": ", ".join(sorted(offered()))}
        if not self.instance.name:
            self.initial["scopes"] = ""

    def clean_scopes(self) -> str:
        scopes = self.cleaned_data["scopes"].split()
        for scope in scopes:
            if scope not in offered() and not re.fullmatch(rf"({'|'.join(offered())}):[a-zA-Z0-9_-]+", scope):
                raise ValidationError(_("There is no scope “%(scope)s”."), params={"scope": scope})
        return "\n".join(dict.fromkeys(scopes))


# allauth's own page offers what is not offered here: signing people in elsewhere.
admin.site.unregister(allauth_admin.Client)
admin.site.unregister(allauth_admin.Token)


@admin.register(Client)
class SystemAdmin(admin.ModelAdmin[Client]):
    """Systems that may call the API. A secret is shown once, when it is made."""

    form = SystemForm
    list_display = ["name", "id", "created_at"]
    search_fields = ["name", "=id"]
    fields = ["name", "scopes"]
    ordering = ["name"]
    actions = ["make_secret"]

    def get_fields(self, request: HttpRequest, obj: Client | None = None) -> Any:
        return ["name", "id", "scopes", "created_at"] if obj else ["name", "scopes"]

    def get_readonly_fields(self, request: HttpRequest, obj: Client | None = None) -> Any:
        return ["id", "created_at"] if obj else []

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        obj.default_scopes = obj.scopes
        obj.set_grant_types([Client.GrantType.CLIENT_CREDENTIALS])
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Client, post_url_continue: str | None = None) -> HttpResponse:
        return self._with_secret(request, obj)

    @admin.action(description=_("Make a new secret and end the old one"), permissions=["change"])
    def make_secret(self, request: HttpRequest, queryset: QuerySet[Client]) -> HttpResponse | None:
        if len(systems := list(queryset[:2])) != 1:
            self.message_user(request, _("Choose one system."), messages.WARNING)
            return None
        self.log_change(request, systems[0], "Made a new secret.")
        return self._with_secret(request, systems[0])

    def _with_secret(self, request: HttpRequest, system: Client) -> HttpResponse:
        """Whoever had the secret before, or a token that it gave, is signed out."""
        # Safe in a URL, so that it means the same whether a client encodes it or not.
        secret = token_urlsafe(32)
        system.set_secret(secret)
        system.save(update_fields=["secret"])
        Token.objects.filter(client=system).delete()
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The secret of %(system)s") % {"system": system.name},
            "opts": self.opts,
            "system": system,
            "secret": secret,
        }
        return render(request, "calls/staff/secret.html", context)
