from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Exempt, Source, Withheld, declare, exempt

# The choices that stood on it stay, under a number without a name; the sheet with the signature goes.
declare(
    "desk.Paper",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.STAFF,
    title=_("Papers that you signed"),
    shown=("id", "signed_on", "language", "kind", "size", "sha256", "scan", "entered_at"),
    withheld={"subject": Withheld.INTERNAL, "recorder": Withheld.OTHERS},
    erasure=Delete(),
)
exempt("desk.Tally", Exempt.NO_PERSONAL_DATA)
