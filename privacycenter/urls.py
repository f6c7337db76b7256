from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from consents.choices.receipt_pages import verify
from consents.cookies.script import script
from consents.cookies.views import global_privacy_control
from dsar.archives.views import keys
from privacycenter.health import healthz, readyz

handler400 = "privacycenter.errors.bad_request"
handler403 = "privacycenter.errors.permission_denied"
handler404 = "privacycenter.errors.not_found"
handler500 = "privacycenter.errors.server_error"

urlpatterns = [
    # First, because systems ask it before everything they do, and addresses are compared one after the other.
    path("api/v1/", include("privacycenter.api")),
    path("", include("privacycenter.home.urls")),
    path("consent.js", script, {"name": "consent.js"}, name="consent-script"),
    path("consent-ui.js", script, {"name": "consent-ui.js"}, name="consent-ui"),
    path("consent.css", script, {"name": "consent.css"}, name="consent-style"),
    path("", include("accounts.calls.oauth")),
    path("", include("accounts.users.urls")),
    path("", include("accounts.guardians.urls")),
    path("notices/", include("consents.notices.urls")),
    path("policies/", include("consents.policies.urls")),
    path("", include("consents.mailing.urls")),
    path("choices/", include("consents.choices.urls")),
    path("verify/", verify, name="verify"),
    path("cookies/", include("consents.cookies.urls")),
    path("data/", include("dsar.datamap.urls")),
    path("archives/", include("dsar.archives.urls")),
    path("requests/", include("dsar.requests.urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    path("staff/", admin.site.urls),
    path("api/schema/", login_not_required(SpectacularAPIView.as_view()), name="schema"),
    path("api/docs/", login_not_required(SpectacularSwaggerSplitView.as_view(url_name="schema")), name="docs"),
    path(".well-known/privacy-center-keys.json", keys, name="keys"),
    path(".well-known/gpc.json", global_privacy_control, name="gpc"),
    path("healthz", healthz),
    path("readyz", readyz),
]
if settings.MAIL_DIR:
    urlpatterns.append(path("mailbox/", include("privacycenter.mailbox.urls")))
