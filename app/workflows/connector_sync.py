"""connectorSync: has everything copied that a source is configured for, now and not when it is due."""

from dataclasses import dataclass

from app.connectors.ports.feeds import Feed
from app.domain.refusals import RefusalCode, refuse
from app.stores.jobs import enqueue
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.source_sync import sync_job
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorSync:
    connector_key: str
    full: bool = False


async def connector_sync(tx: Transaction, command: ConnectorSync, work: Work) -> Outcome:
    """What it brings is written by jobs, in the name of the source. So this itself is no event."""
    key = command.connector_key
    try:
        config = work.outside.config(key)
    except KeyError as exc:
        raise refuse(RefusalCode.NOT_FOUND, f'no connector has the key "{key}"', "connector_key") from exc
    if not config.enabled:
        message = f"{key} is switched off; enable it where sources are configured"
        raise refuse(RefusalCode.INVALID, message, "connector_key")
    if not config.sync:
        message = f"nothing is copied from {key}; name what is to be with sync where sources are configured"
        raise refuse(RefusalCode.INVALID, message, "connector_key")
    # Of cases there is nothing to read from the beginning: what has changed is forgotten, and no more.
    await enqueue(tx, *(sync_job(key, feed, full=command.full and feed is not Feed.CASES) for feed in config.sync))
    return Outcome({"connector": key})
