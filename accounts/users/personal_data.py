from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Exempt, Source, Withheld, declare, exempt

declare(
    "users.User",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.PERSON,
    title=_("Your account"),
    shown=("email", "date_joined", "last_login"),
    withheld={
        "id": Withheld.INTERNAL,
        "subject": Withheld.INTERNAL,
        "password": Withheld.SECRET,
        "is_active": Withheld.INTERNAL,
        "is_staff": Withheld.INTERNAL,
        "is_superuser": Withheld.INTERNAL,
    },
    erasure=Delete(),
)
declare(
    "users.Profile",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.PERSON,
    title=_("Your profile"),
    shown=("full_name", "phone", "birth_date"),
    withheld={"subject": Withheld.INTERNAL},
    erasure=Delete(),
)
declare(
    "account.EmailAddress",
    path="user__subject",
    category="registration",
    purposes=("service", "security"),
    source=Source.PERSON,
    title=_("Your e-mail addresses"),
    shown=("email", "verified", "primary"),
    withheld={"id": Withheld.INTERNAL, "user": Withheld.INTERNAL},
    erasure=Delete(),
)
declare(
    "account.EmailConfirmation",
    path="email_address__user__subject",
    category="registration",
    purposes=("security",),
    source=Source.OBSERVED,
    title=_("Confirmations of your e-mail addresses"),
    shown=("created", "sent"),
    withheld={"id": Withheld.INTERNAL, "email_address": Withheld.INTERNAL, "key": Withheld.SECRET},
    erasure=Delete(),
)
declare(
    "mfa.Authenticator",
    path="user__subject",
    category="registration",
    purposes=("security",),
    source=Source.PERSON,
    title=_("Your second factors"),
    shown=("type", "created_at", "last_used_at"),
    withheld={"id": Withheld.INTERNAL, "user": Withheld.INTERNAL, "data": Withheld.SECRET},
    erasure=Delete(),
)
declare(
    "usersessions.UserSession",
    path="user__subject",
    category="device-log",
    purposes=("security",),
    source=Source.OBSERVED,
    title=_("Where you are signed in"),
    shown=("created_at", "ip", "last_seen_at", "user_agent"),
    withheld={
        "id": Withheld.INTERNAL,
        "user": Withheld.INTERNAL,
        "session_key": Withheld.SECRET,
        "data": Withheld.INTERNAL,
    },
    erasure=Delete(),
)
# A session's row names nobody; the sessions of a person are ended through usersessions.UserSession.
exempt("sessions.Session", Exempt.REACHED_ELSEWHERE)
exempt("users.User_groups", Exempt.STAFF_ONLY)
exempt("users.User_user_permissions", Exempt.STAFF_ONLY)
exempt("auth.Group", Exempt.STAFF_ONLY)
exempt("auth.Group_permissions", Exempt.STAFF_ONLY)
exempt("auth.Permission", Exempt.NO_PERSONAL_DATA)
exempt("contenttypes.ContentType", Exempt.NO_PERSONAL_DATA)
exempt("admin.LogEntry", Exempt.STAFF_ONLY)
