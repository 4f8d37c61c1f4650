from collections.abc import AsyncIterator

import pytest

from tests.fixtures_shop import Shop
from tests.payments.till import Till


@pytest.fixture
async def till(shop: Shop) -> AsyncIterator[Till]:
    """At the end of the test, every law of the store must hold."""
    yield Till(shop)
    await shop.require_sound()
