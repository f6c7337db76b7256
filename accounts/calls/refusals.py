"""How an act says no: in words, with a code, and where it can, at the field. Pages and API show the same refusal."""

from django.utils.functional import Promise


class Refusal(Exception):
    """Raised by acts. `status` is what the API answers; pages show `message` at `field`, or on top."""

    code = "refused"
    message: str | Promise = ""
    field: str | None = None
    status = 422

    def __init__(
        self, message: str | Promise = "", *, code: str = "", field: str | None = None, status: int = 0
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.field = field or self.field
        self.status = status or self.status
        super().__init__(str(self.code))
