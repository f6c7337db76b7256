"""All settings. What differs between deployments comes from the environment; the README has the table."""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
import django_stubs_ext
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from privacycenter import environment as env
from privacycenter.beat import SCHEDULE
from privacycenter.campaigns import CAMPAIGNS  # noqa: F401  # a setting as it stands
from privacycenter.rest import API, SCHEMA
from privacycenter.scanner import SCANNING as SCANNER  # noqa: F401  # a setting as it stands

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

DEMO, DEBUG = env.flag("DEMO"), env.flag("DEBUG")
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / ".data")))

# -- Secrets
SECRET_KEY = env.text("SECRET_KEY")
# "id:base64" of 32 bytes each; the first wraps new data keys, the others still open old ones.
MASTER_KEYS = env.keys("MASTER_KEYS")
# base64 of the Ed25519 seed that signs archives, certificates and receipts.
SIGNING_KEY = env.key("SIGNING_KEY")
# Public keys that signed before it ("x" in privacy-center-keys.json), so that what they signed still counts as genuine.
FORMER_SIGNING_KEYS = env.key_list("FORMER_SIGNING_KEYS")
# base64 of 32 bytes: keys the hashes by which addresses are looked up. Systems that ask by address hold it too.
ADDRESS_KEY = env.key("ADDRESS_KEY")
if not DEMO and any(secret.startswith("demo") for secret in (SECRET_KEY, *MASTER_KEYS)):
    raise ImproperlyConfigured("SECRET_KEY or MASTER_KEYS is a demo secret. Set DEMO=1, or make secrets of your own.")

# -- The organisation
ORGANISATION = env.text("ORGANISATION", "HOTSALES")
ORGANISATION_CONTACT = env.text("ORGANISATION_CONTACT", "privacy@hotsales.example")
ORGANISATION_ADDRESS = env.text("ORGANISATION_ADDRESS", "")
# Where it stores personal data, as receipts tell: EU, EEA or countries by the two letters of ISO 3166.
STORAGE_LOCATIONS = env.words("STORAGE_LOCATIONS", "EU")
# The rules for people whose jurisdiction is not known: an id of jurisdictions.json.
JURISDICTION = env.text("JURISDICTION", "EU_GDPR")
TIME_ZONE = env.text("TIME_ZONE", "UTC")

# -- Promises, as ISO 8601 durations
FRESH_SIGN_IN = env.duration("FRESH_SIGN_IN", "PT10M")
ERASURE_GRACE = env.duration("ERASURE_GRACE", "P14D")
POLICY_NOTICE = env.durations("POLICY_NOTICE", "P30D")
ARCHIVE_LIFETIME = env.duration("ARCHIVE_LIFETIME", "P7D")
# How long the evidence of a tombstone is kept before its append-only rows may go (limitation of claims).
EVIDENCE_PERIOD = env.duration("EVIDENCE_PERIOD", "P1096D")
# A worker that has not renewed its lease for this long is taken for dead.
LEASE = env.duration("LEASE", "PT20S")

# -- Web
BASE_URL = env.text("BASE_URL").rstrip("/")
_base = urlsplit(BASE_URL)
if _base.scheme not in {"http", "https"} or not _base.hostname:
    raise ImproperlyConfigured("BASE_URL must be the public address, such as https://privacy.example.org")
SECURE = _base.scheme == "https"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", _base.hostname)
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]
ROOT_URLCONF = "privacycenter.urls"
WSGI_APPLICATION = "privacycenter.wsgi.application"

SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 63072000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
# Not "no-referrer": browsers then send "Origin: null" with our own forms, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Headers in which such a proxy names a visitor's country (ISO 3166) and region (ISO 3166-2, without the country).
COUNTRY_HEADER = env.text("COUNTRY_HEADER", "")
REGION_HEADER = env.text("REGION_HEADER", "")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE, LANGUAGE_COOKIE_HTTPONLY = 14 * 24 * 3600, True
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}

INSTALLED_APPS = [
    "privacycenter",
    "accounts.subjects",
    "accounts.calls",
    "accounts.users",
    "accounts.guardians",
    "accounts.staff",
    "consents.catalogue",
    "consents.notices",
    "consents.policies",
    "consents.webhooks",
    "consents.choices",
    "consents.mailing",
    "consents.imports",
    "consents.desk",
    "consents.cookies",
    "dsar.datamap",
    "dsar.connectors",
    "dsar.archives",
    "dsar.work",
    "dsar.requests",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.idp.oidc",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "accounts.calls.at_once.AtOnceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "accounts.users.person.PersonMiddleware",
    "consents.cookies.signal.SignalMiddleware",
    "dsar.requests.frozen.FrozenAccountMiddleware",
    "consents.policies.gate.PolicyGateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "consents.cookies.adoption.DeviceMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "privacycenter.home.frame.frame",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# -- Data
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL"), engine="privacycenter.database", conn_max_age=60, conn_health_checks=True
    )
}
# What a connection says often is planned once. PgBouncer knows prepared statements from 1.21 on.
DATABASES["default"].setdefault("OPTIONS", {}).update(
    server_side_binding=True, prepare_threshold=5 if env.flag("PREPARED_STATEMENTS", default=True) else None
)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": env.text("CACHE_URL"),
        "KEY_PREFIX": env.text("CACHE_PREFIX", "pc"),
    },
    # Of each process its own, for what is asked so often that even the way to the other one would be felt.
    "moment": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 500}},
}
SESSION_ENGINE = "accounts.users.sessions"
# Manifests of the other systems that hold personal data, one YAML file each.
_systems = env.text("SYSTEMS_DIR", str(BASE_DIR / "privacycenter" / "demo" / "systems") if DEMO else "")
SYSTEMS_DIR = Path(_systems) if _systems else None
# Their addresses, by the names that the manifests give them: SHOP_DATABASE_URL and the like.
SYSTEM_URLS = env.ending_in("_DATABASE_URL")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Sealed archives; every web and worker process must see the same place.
    "archives": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DATA_DIR / "files",
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Every page asks for the hashed names; to compress the others too, and the maps of scripts, takes five times as long.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("br", "gif", "gz", "jpeg", "jpg", "map", "png", "webp", "woff", "woff2", "zip")
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# -- Celery: messages carry ids, results are not kept, the truth is in the database
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": env.text("CACHE_PREFIX", "pc") + ":"}
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = SCHEDULE

# -- Systems that are told by webhooks
# Private networks that may be called, also without TLS; nothing else but the public internet is.
WEBHOOK_NETWORKS = env.networks("WEBHOOK_NETWORKS")

# -- Mail
_mailer = env.mailer(env.text("SMTP_URL"))
# "notices" is what the law makes us send; it may be pointed at a server of its own.
MAILERS = {"default": _mailer, "notices": env.mailer(env.text("NOTICES_SMTP_URL", env.text("SMTP_URL")))}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("MAIL_FROM", f"{ORGANISATION} privacy <{ORGANISATION_CONTACT}>")
# The Maildir of the demo's mail sink, shown at /mailbox/; never in production.
MAIL_DIR = Path(env.text("MAIL_DIR")) if DEMO and env.text("MAIL_DIR", "") else None

# -- People
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["accounts.users.backend.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.users.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.users.forms.SignupForm"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
# GET shows a button and POST confirms: mail scanners open links.
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(FRESH_SIGN_IN.total_seconds())
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _base.scheme
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
# allauth's default of one confirmation mail in three minutes leaves a person who asks again, or who joins anew after an
# erasure, waiting for a mail that never comes; the daily limit is what protects an address from a flood.
ACCOUNT_RATE_LIMITS = {"confirm_email": "3/3m/key,10/d/key"}
USERSESSIONS_TRACK_ACTIVITY = True
HEADLESS_ENABLED = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_ONLY = False
HEADLESS_TOKEN_STRATEGY = "accounts.users.tokens.SessionTokens"  # noqa: S105 - the name of a class
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": BASE_URL + "/accounts/confirm-email/{key}/",
    "account_reset_password_from_key": BASE_URL + "/accounts/password/reset/key/{key}/",
    "account_signup": BASE_URL + "/accounts/signup/",
}
# Systems sign in by client credentials; a token is good for an hour.
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 3600
IDP_OIDC_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
IDP_OIDC_RATE_LIMITS = {"token": "60/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = ORGANISATION

# -- API
REST_FRAMEWORK = API | {
    "DEFAULT_THROTTLE_RATES": {
        "person": env.text("API_RATE", "600/min"),
        "system": env.text("SYSTEM_API_RATE", "6000/min"),
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
}
SPECTACULAR_SETTINGS = SCHEMA

# -- Language and time
USE_TZ = True
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["privacycenter.formats"]

# -- Logs: ids only, one line each
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "privacycenter.logs.formatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
