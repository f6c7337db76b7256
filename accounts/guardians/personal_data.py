from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Source, Withheld, declare

declare(
    "guardians.Guardianship",
    path=("minor", "guardian"),
    category="registration",
    purposes=("service",),
    source=Source.STAFF,
    title=_("Who decides for whom"),
    shown=("since", "ended_at"),
    withheld={"id": Withheld.INTERNAL, "minor": Withheld.OTHERS, "guardian": Withheld.OTHERS},
    erasure=Delete(),
)
