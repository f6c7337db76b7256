"""The closed lists of the catalogue. The constraints of the database are made from them."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RecipientKind(TextChoices):
    AFFILIATE = "affiliate", _("Company of our group")
    PROCESSOR = "processor", _("Works for us, on our instructions")
    PARTNER = "partner", _("Partner with purposes of its own")
    AUTHORITY = "authority", _("Court or authority")
    COUNTERPARTY = "counterparty", _("Other party of a trade or dispute")
    COMPLAINANT = "complainant", _("Party of an intellectual property case")
    AFFECTED = "affected", _("Whoever must be protected")


class Safeguard(TextChoices):
    """What makes a transfer to another country lawful (GDPR Art. 45 to 49)."""

    ADEQUACY = "adequacy", _("Adequacy decision")
    CLAUSES = "standard-clauses", _("Standard contractual clauses")
    RULES = "binding-rules", _("Binding corporate rules")
    EXCEPTION = "exception", _("Exception for the single case")


class RetentionEvent(TextChoices):
    COLLECTED = "collected", _("it was collected")
    LAST_USED = "last-used", _("it was last used")
    CONTRACT_DONE = "contract-done", _("the contract is fulfilled")
    CASE_CLOSED = "case-closed", _("the case is closed")
    CONSENT_WITHDRAWN = "consent-withdrawn", _("you withdraw your consent")
    ACCOUNT_CLOSED = "account-closed", _("you close your account")


# To keep something until it was collected is to keep nothing.
OPENING_EVENTS = (RetentionEvent.COLLECTED, RetentionEvent.LAST_USED)


class LegalBasis(TextChoices):
    """GDPR Art. 6(1)(a) to (f), in this order."""

    CONSENT = "consent", _("Your consent")
    CONTRACT = "contract", _("Our contract with you")
    LEGAL_OBLIGATION = "legal-obligation", _("A legal obligation")
    VITAL_INTERESTS = "vital-interests", _("Vital interests")
    PUBLIC_TASK = "public-task", _("A task in the public interest")
    LEGITIMATE_INTERESTS = "legitimate-interests", _("Our legitimate interests")

    @property
    def article(self) -> str:
        return f"6(1)({'abcdef'[list(type(self)).index(self)]})"


class Channel(TextChoices):
    """The way by which this purpose reaches the person. Channels are chosen one by one."""

    EMAIL = "email", _("E-mail")
    PUSH = "push", _("Push notification")
    SMS = "sms", _("Text message")
    POST = "post", _("Letter")
    PHONE = "phone", _("Telephone")
