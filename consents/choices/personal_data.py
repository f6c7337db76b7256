from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Delete, Exempt, Ground, Keep, Source, Withheld, declare, exempt

declare(
    "choices.Event",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.PERSON,
    title=_("What you allowed and refused"),
    shown=(
        "id",
        "purpose",
        "wording",
        "policy_version",
        "version",
        "decision",
        "method",
        "jurisdiction",
        "said_at",
        "received_at",
        "evidence",
    ),
    withheld={
        "subject": Withheld.INTERNAL,
        "actor": Withheld.OTHERS,
        "recorder": Withheld.OTHERS,
        "client_id": Withheld.INTERNAL,
    },
    erasure=Keep(
        ground=Ground.LEGAL_CLAIMS,
        law="GDPR Art. 7(1)",
        years=3,
        why=_(
            "We must be able to prove what was allowed and refused. The decision stays under a number without a name;"
            " the address and browser beside it are sealed with your key and can be read by nobody after the erasure."
        ),
    ),
)
declare(
    "choices.Current",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.DERIVED,
    title=_("Your choices as they hold now"),
    shown=("purpose", "version", "decision", "since", "expires_at"),
    withheld={"id": Withheld.INTERNAL, "subject": Withheld.INTERNAL, "event": Withheld.INTERNAL},
    erasure=Delete(),
)
exempt("choices.Wording", Exempt.CATALOGUE)
