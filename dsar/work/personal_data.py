from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Exempt, Source, Withheld, declare, exempt
from dsar.work.evidence import EVIDENCE

declare(
    "work.Plan",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.DERIVED,
    title=_("Work on your requests"),
    shown=("reference", "kind", "state", "created_at", "starts_at", "began_at", "finished_at"),
    withheld={
        "id": Withheld.INTERNAL,
        "subject": Withheld.INTERNAL,
        "recipient": Withheld.OTHERS,
        # Shown as the account's own; wiped with the last step of an erasure.
        "email": Withheld.INTERNAL,
    },
    erasure=EVIDENCE,
)
declare(
    "work.Certificate",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.DERIVED,
    title=_("Certificates of erasure"),
    shown=("signed", "issued_at"),
    withheld={"id": Withheld.INTERNAL, "subject": Withheld.INTERNAL, "plan": Withheld.INTERNAL},
    erasure=EVIDENCE,
)
# Systems, counts and times of a plan.
exempt("work.Step", Exempt.NO_PERSONAL_DATA)
