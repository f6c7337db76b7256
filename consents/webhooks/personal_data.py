from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Exempt, Ground, Keep, Source, Withheld, declare, exempt

declare(
    "webhooks.Message",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.DERIVED,
    title=_("Which systems we told what you chose"),
    shown=("key", "endpoint", "purpose", "event_id", "version", "decision", "state", "created_at", "delivered_at"),
    withheld={
        "id": Withheld.INTERNAL,
        "subject": Withheld.INTERNAL,
        "kind": Withheld.INTERNAL,
        "tried_since": Withheld.INTERNAL,
        "due_at": Withheld.INTERNAL,
        "claim": Withheld.INTERNAL,
        "tries": Withheld.INTERNAL,
        "error": Withheld.INTERNAL,
    },
    erasure=Keep(
        ground=Ground.LEGAL_CLAIMS,
        law="GDPR Art. 5(2), 7(1)",
        years=3,
        why=_(
            "So that a system hears of your no even if it is down while you leave, and so that we can prove that it was"
            " told. A message holds numbers, no name and no address."
        ),
    ),
)
# Systems of the organisation, not people.
exempt("webhooks.Endpoint", Exempt.CATALOGUE)
exempt("webhooks.Endpoint_purposes", Exempt.CATALOGUE)
exempt("webhooks.Secret", Exempt.NO_PERSONAL_DATA)
# Times and HTTP statuses; they go with their message.
exempt("webhooks.Attempt", Exempt.REACHED_ELSEWHERE)
