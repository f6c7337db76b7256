from django.utils.translation import gettext_lazy as _

from dsar.datamap.declarations import Exempt, Ground, Keep, Source, Withheld, declare, exempt

declare(
    "mailing.Confirmation",
    path="subject",
    category="registration",
    purposes=("service",),
    source=Source.PERSON,
    title=_("What we asked you to confirm by mail"),
    shown=(
        "id",
        "choices",
        "method",
        "language",
        "state",
        "asked_at",
        "sent_at",
        "message_id",
        "body_sha256",
        "confirmed_at",
        "evidence",
    ),
    withheld={
        "subject": Withheld.INTERNAL,
        "recorder": Withheld.OTHERS,
        "opened_guest": Withheld.INTERNAL,
        "token_sha256": Withheld.SECRET,
        "due_at": Withheld.INTERNAL,
        "attempts": Withheld.INTERNAL,
        "error": Withheld.INTERNAL,
    },
    erasure=Keep(
        ground=Ground.LEGAL_CLAIMS,
        law="GDPR Art. 7(1)",
        years=3,
        why=_(
            "We must be able to prove that the owner of an address allowed what we sent there. It holds no name and no"
            " address; what was not confirmed goes after 14 days."
        ),
    ),
)
# A keyed hash of what a system said, gone after a day.
exempt("mailing.Call", Exempt.NO_PERSONAL_DATA)
