from importlib import import_module

from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase


class SessionTokens(SessionTokenStrategy):
    """The app's token is the key of its session."""

    def lookup_session(self, session_token: str) -> SessionBase | None:
        """In one statement: reading what is in a session tells whether there is one."""
        session: SessionBase = import_module(settings.SESSION_ENGINE).SessionStore(session_token)
        return session if SESSION_KEY in session else None
