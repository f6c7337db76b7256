"""The API wherever it runs: what it takes, gives and refuses by default, and how its schema tells it."""

API = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.calls.authentication.SessionToken",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "accounts.calls.permissions.IsSubject",
        "dsar.requests.frozen.IsNotFrozen",
        "consents.policies.gate.HasAccepted",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.calls.parsing.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "accounts.calls.pages.CursorPage",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.calls.throttling.PersonThrottle"],
    "EXCEPTION_HANDLER": "accounts.calls.problems.handle",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "DEFAULT_VERSIONING_CLASS": None,
    "PAGE_SIZE": 50,
}

SCHEMA = {
    "TITLE": "Privacy Center",
    "VERSION": "1",
    "DESCRIPTION": "What an organisation knows about a person, what they agreed to, and what they ask for.",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "WEBHOOKS": ["consents.webhooks.api.choice", "consents.webhooks.api.test"],
    "ENUM_NAME_OVERRIDES": {
        "ChoiceEnum": "consents.choices.models.Decision",
        "ChoiceMethodEnum": "consents.choices.models.Method",
        "WhyAskEnum": "consents.choices.asking.Why",
        "RecipientKindEnum": "consents.catalogue.kinds.RecipientKind",
        "ArchiveStateEnum": "dsar.archives.models.Archive.State",
        "RequestKindEnum": "dsar.requests.models.Request.Kind",
        "RequestStateEnum": "dsar.requests.models.Request.State",
        "RequestEventEnum": "dsar.requests.models.RequestEvent.Kind",
    },
}
