from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Exempt, Ground, Keep, Source, Withheld, declare, exempt

PROOF = Keep(
    ground=Ground.LEGAL_CLAIMS,
    law="GDPR Art. 5(2), 17(3)(e)",
    years=3,
    why=_("So that we can prove what we told you and when. It holds no name and no address."),
)

declare(
    "notices.Delivery",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.DERIVED,
    title=_("What we told you"),
    shown=("id", "notice", "language", "state", "sent_at", "read_at"),
    withheld={
        "subject": Withheld.INTERNAL,
        "bulk": Withheld.INTERNAL,
        "due_at": Withheld.INTERNAL,
        "claim": Withheld.INTERNAL,
        "attempts": Withheld.INTERNAL,
        "error": Withheld.INTERNAL,
        "address": Withheld.INTERNAL,
    },
    erasure=PROOF,
)
declare(
    "notices.Attempt",
    path="delivery__subject",
    category="registration",
    purposes=("service",),
    source=Source.DERIVED,
    title=_("When we tried to tell you"),
    shown=("id", "delivery", "text", "channel", "number", "began_at"),
    withheld={"subject": Withheld.INTERNAL, "claim": Withheld.INTERNAL, "worker": Withheld.INTERNAL},
    erasure=PROOF,
)
declare(
    "notices.Result",
    path="attempt__delivery__subject",
    category="registration",
    purposes=("service",),
    source=Source.DERIVED,
    title=_("What became of it"),
    shown=("attempt", "kind", "code", "at"),
    withheld={"subject": Withheld.INTERNAL},
    erasure=PROOF,
)
# A notice names nobody; those for one person are found through their delivery.
exempt("notices.Notice", Exempt.REACHED_ELSEWHERE)
exempt("notices.NoticeText", Exempt.REACHED_ELSEWHERE)
# The staff’s deeds, under numbers.
exempt("notices.NoticeEvent", Exempt.STAFF_ONLY)
