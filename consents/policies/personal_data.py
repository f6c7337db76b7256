from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Exempt, Ground, Keep, Source, Withheld, declare, exempt

declare(
    "policies.Acknowledgement",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.PERSON,
    title=_("Policies you took note of"),
    shown=("id", "version", "method", "language", "at"),
    withheld={"subject": Withheld.INTERNAL},
    erasure=Keep(
        ground=Ground.LEGAL_CLAIMS,
        law="GDPR Art. 5(2), 17(3)(e)",
        years=3,
        why=_("So that we can prove which policy applied between us. It holds no name and no address."),
    ),
)
exempt("policies.Document", Exempt.CATALOGUE)
# Names the member of staff who published it.
exempt("policies.Version", Exempt.STAFF_ONLY)
exempt("policies.VersionText", Exempt.CATALOGUE)
