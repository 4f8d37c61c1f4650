from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.wiring import Demo
from tests.browser.chromium import EXECUTABLE, Tab, chromium_tab
from tests.serving import served


@pytest.fixture
async def serving(demo: Demo) -> AsyncIterator[str]:
    """The origin of a server of the demo."""
    async with served(demo.application.http) as origin:
        yield origin


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    if EXECUTABLE is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    async with chromium_tab(tmp_path) as opened:
        yield opened
