"""Why a choice is not recorded."""

from django.utils.translation import gettext_lazy as _

from accounts.calls.refusals import Refusal


class NotRecorded(Refusal):
    """Nothing of the call was stored. `position` is that of the choice at fault, where it is one of them."""

    position: int | None = None
    # Which part of the choice is at fault.
    part = ""

    def __init__(self, position: int | None = None) -> None:
        self.position = position
        super().__init__(field=f"decisions.{position}.{self.part}" if position is not None else self.field)


class NothingSaid(NotRecorded):
    code = "nothing-said"
    field = "decisions"
    message = _("Say what you decided about at least one purpose.")


class SaidTwice(NotRecorded):
    code = "said-twice"
    part = "purpose"
    message = _("The same purpose stands twice in this call.")


class ClockAhead(NotRecorded):
    code = "clock-ahead"
    field = "said_at"
    message = _("This is more than 2 minutes in the future. Check the clock of the device.")


class ClientIdReused(NotRecorded):
    code = "client-id-reused"
    status = 409
    field = "client_id"
    message = _("Other choices were recorded under this id.")


class UnknownPurpose(NotRecorded):
    code = "unknown-purpose"
    part = "purpose"
    message = _("There is no such purpose.")


class RetiredPurpose(NotRecorded):
    code = "retired-purpose"
    part = "purpose"
    message = _("This is no longer done, so there is nothing to decide.")


class NotOptional(NotRecorded):
    code = "not-optional"
    part = "purpose"
    message = _("This is not done by consent, so it can be neither allowed nor refused here.")


class WholeNotAllowed(NotRecorded):
    code = "whole-not-allowed"
    part = "purpose"
    message = _("This is a part of something that is not allowed. Allow the whole first, or together with it.")


class UnknownVersion(NotRecorded):
    code = "unknown-version"
    part = "version"
    message = _("The purpose has no such version.")


class UnknownText(NotRecorded):
    code = "unknown-text"
    part = "text_sha256"
    message = _("These words were never published for this purpose. Read the present ones and decide again.")


class TextMissing(NotRecorded):
    code = "text-missing"
    part = "text_sha256"
    message = _("To allow something, name the words that were shown.")


class NotYours(NotRecorded):
    code = "not-yours"
    status = 403
    message = _("You may not decide for this person.")


class GuardianNeeded(NotRecorded):
    code = "guardian-needed"
    status = 403
    part = "decision"
    message = _("You are under 18: your guardian can allow this for you. You may refuse it yourself.")


class SignInToAllow(NotRecorded):
    code = "sign-in-to-allow"
    status = 403
    part = "decision"
    message = _("This device belongs to an account: sign in to allow something. You may refuse it without.")


class SignalSaysNo(NotRecorded):
    code = "signal-says-no"
    status = 409
    part = "decision"
    message = _("Your browser’s privacy signal says no to this. Sign in if you want to allow it all the same.")


class Frozen(NotRecorded):
    code = "erasure-asked"
    status = 409
    part = "decision"
    message = _("The erasure of this account was asked for. Until it is stopped, everything can only be refused.")


class Erased(NotRecorded):
    code = "erased"
    status = 409
    message = _("This person’s data was erased.")
