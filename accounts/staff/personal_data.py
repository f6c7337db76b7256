from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Ground, Keep, Source, Withheld, declare

declare(
    "staff.Look",
    path="subject",
    category="registration",
    purposes=("security",),
    source=Source.OBSERVED,
    title=_("When our staff looked at your data"),
    shown=("at", "what"),
    withheld={
        "id": Withheld.INTERNAL,
        "subject": Withheld.INTERNAL,
        "number": Withheld.INTERNAL,
        "who": Withheld.OTHERS,
    },
    erasure=Keep(
        ground=Ground.LEGAL_CLAIMS,
        law="GDPR Art. 5(2), 32(4)",
        years=3,
        why=_(
            "So that nobody can look at your data without a trace, not even by waiting for its erasure. A row says when"
            " and at what kind of record, under a number without a name; it holds nothing of what was seen."
        ),
    ),
)
