from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Ground, Keep, Source, Withheld, declare

declare(
    "subjects.Subject",
    path="",
    category="registration",
    purposes=("service",),
    source=Source.OBSERVED,
    title=_("Your place in our records"),
    shown=("id", "stage", "language", "jurisdiction", "created_at"),
    withheld={
        "wrapped_key": Withheld.SECRET,
        "merged_into": Withheld.INTERNAL,
        "frozen_at": Withheld.INTERNAL,
        "erased_at": Withheld.INTERNAL,
        "evidence_until": Withheld.INTERNAL,
    },
    erasure=Keep(
        ground=Ground.LEGAL_CLAIMS,
        law="GDPR Art. 5(2), 17(3)(e)",
        years=3,
        why=_("A number without a name, so that we can prove what we did and erase you again should a backup return."),
    ),
)
declare(
    "subjects.Address",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.PERSON,
    title=_("Addresses by which other systems find you"),
    shown=("kind", "value", "created_at"),
    withheld={"id": Withheld.INTERNAL, "subject": Withheld.INTERNAL, "hash": Withheld.INTERNAL},
    erasure=Delete(),
)
