from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Exempt, Source, Withheld, declare, exempt

declare(
    "calls.Answer",
    path="subject",
    category="device-log",
    purposes=("service",),
    source=Source.OBSERVED,
    title=_("Answers your app was given in the last day"),
    shown=("created_at", "status", "body"),
    withheld={
        "id": Withheld.INTERNAL,
        "subject": Withheld.INTERNAL,
        "key": Withheld.INTERNAL,
        "fingerprint": Withheld.INTERNAL,
    },
    erasure=Delete(),
)
# Systems and what they sign in with. Only client credentials are given out, so no token is a person's.
exempt("allauth_idp_oidc.Client", Exempt.STAFF_ONLY)
exempt("allauth_idp_oidc.Token", Exempt.NO_PERSONAL_DATA)
