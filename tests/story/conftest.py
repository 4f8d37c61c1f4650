from datetime import UTC, datetime

import pytest

from app.sandbox.story import Story, tell

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="session")
def story() -> Story:
    return tell(NOW)
