"""During the whole suite: what connectors send and the sandbox answers is held against the vendors' specifications."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.specifications import VENDORS
from tests.specifications.recorder import Recorder, heard_by

CHECKED = {name: each for name, each in VENDORS.items() if each.is_here}
RECORDER = Recorder(CHECKED)


@pytest.fixture(scope="session", autouse=True)
def listening() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for transport in (httpx2.AsyncHTTPTransport, httpx2.ASGITransport):
            patch.setattr(transport, "handle_async_request", heard_by(RECORDER, transport.handle_async_request))
        yield


@pytest.fixture(autouse=True)
def as_specified(listening: None) -> Iterator[None]:
    """The test whose exchange was the first of its kind fails for it."""
    yield
    found = {f"{each.operation} {each.where}: {each.reason}" for each in RECORDER.take()}
    assert found == set(), "not as the vendor specifies"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker's counts go to the process that tells them."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["looked_at"] = RECORDER.looked_at


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    for name, count in getattr(node, "workeroutput", {}).get("looked_at", {}).items():
        RECORDER.looked_at[name] += count


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    looked_at = ", ".join(f"{name} {count}" for name, count in RECORDER.looked_at.items() if count)
    if looked_at:
        terminalreporter.line(f"kinds of exchange held against specifications: {looked_at}")
    if missing := ", ".join(sorted(VENDORS.keys() - CHECKED.keys())):
        terminalreporter.line(f"nothing was held against the specifications of {missing}: ../shared/specs is not here")
