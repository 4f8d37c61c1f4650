"""Has a source send its events to an address of ours, where its vendor takes that by API."""

import time

from app.cli.errors import CannotRun
from app.connectors.contract import SourceFailure
from app.connectors.ports.webhook import Subscribable
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig

TIMEOUT_S = 30.0
"""Ours: a request for each kind of event, and nobody's page waits for it."""


async def subscribed(config: SourceConfig, url: str) -> tuple[str, ...]:
    """The kinds of events that are new. Raises CannotRun."""
    if not config.enabled:
        raise CannotRun(f"{config.key} is disabled.")
    registry = Registry([config])
    try:
        connector = registry[config.key]
        if not isinstance(connector, Subscribable):
            raise CannotRun(f"The connector to {config.vendor} has no way to subscribe; its page in docs/ says how.")
        return await connector.subscribe(url, deadline=time.monotonic() + TIMEOUT_S)
    except SourceFailure as failure:
        raise CannotRun(f"{failure.message}.") from failure
    finally:
        await registry.close()
