import pytest

from consents.webhooks.models import Endpoint
from tests.consents.purposes import make_purpose
from tests.receiver import Receiver, endpoint_at


@pytest.fixture
def shop(receiver: Receiver) -> Endpoint:
    """A system that hears, at the receiver, of choices on ads and news."""
    make_purpose("ads")
    make_purpose("news")
    return endpoint_at(receiver.url)[0]
