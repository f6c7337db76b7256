from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Source, Withheld, declare

declare(
    "archives.Archive",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.DERIVED,
    title=_("Copies of your data that we made for you"),
    shown=("reference", "size", "created_at", "expires_at", "downloaded_at", "revoked_at"),
    withheld={
        "id": Withheld.INTERNAL,
        "subject": Withheld.INTERNAL,
        "recipient": Withheld.OTHERS,
        "plan_id": Withheld.INTERNAL,
        "path": Withheld.SECRET,
        "sha256": Withheld.INTERNAL,
        "missing": Withheld.INTERNAL,
        "cleared_at": Withheld.INTERNAL,
    },
    erasure=Delete(),
)
