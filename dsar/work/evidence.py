from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Ground, Keep

# What proves that a request was answered: dates, counts, and words from lists. It names nobody.
EVIDENCE = Keep(
    ground=Ground.LEGAL_CLAIMS,
    law="GDPR Art. 5(2), 17(3)(e)",
    years=3,
    why=_("So that we can prove that we did what you asked for. Nothing in it says who you are."),
)
