from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Exempt, Source, Withheld, declare, exempt

declare(
    "imports.Line",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.PARTNER,
    title=_("Earlier choices that are being taken over"),
    shown=("decision", "version", "said_at", "expires_at"),
    withheld={
        "id": Withheld.INTERNAL,
        "source": Withheld.INTERNAL,
        "batch": Withheld.INTERNAL,
        "number": Withheld.INTERNAL,
        "subject": Withheld.INTERNAL,
        "purpose_id": Withheld.INTERNAL,
        "wording_id": Withheld.INTERNAL,
        "policy_version_id": Withheld.INTERNAL,
    },
    erasure=Delete(),
)
exempt("imports.Import", Exempt.STAFF_ONLY)
exempt("imports.Problem", Exempt.NO_PERSONAL_DATA)
