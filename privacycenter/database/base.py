"""Django's PostgreSQL, but a connection that is kept is tried without a question to the server before every request."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self) -> bool:
        """A server that hung up has said so: only where something arrived unasked is it asked what that was."""
        if self.connection is None or self.connection.closed:
            return False
        arrived = select.poll()
        arrived.register(self.connection.fileno(), select.POLLIN)
        return super().is_usable() if arrived.poll(0) else True
