"""Secrets and signatures as Standard Webhooks 1.0.0 wants them: any of its libraries can verify our messages."""

import base64
import hmac
import os

PREFIX = "whsec_"
# The standard asks for 24 to 64.
SECRET_BYTES = 32


def new_secret() -> bytes:
    return os.urandom(SECRET_BYTES)


def written(secret: bytes) -> str:
    """As the receiver is given it."""
    return PREFIX + base64.b64encode(secret).decode()


def signature(secret: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, "sha256")).decode()
