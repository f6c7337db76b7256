from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Source, Withheld, declare
from dsar.work.evidence import EVIDENCE

declare(
    "requests.Request",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.PERSON,
    title=_("Your requests"),
    shown=("reference", "kind", "state", "created_at", "due_on", "grace_until", "closed_at"),
    withheld={
        "id": Withheld.INTERNAL,
        "subject": Withheld.INTERNAL,
        "asked_by": Withheld.OTHERS,
        "plan": Withheld.INTERNAL,
    },
    erasure=EVIDENCE,
)
declare(
    "requests.RequestEvent",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.OBSERVED,
    title=_("What happened to your requests"),
    shown=("kind", "by", "at"),
    withheld={"id": Withheld.INTERNAL, "subject": Withheld.INTERNAL, "request": Withheld.INTERNAL},
    erasure=EVIDENCE,
)
