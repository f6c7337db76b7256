from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Source, Withheld, declare

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
