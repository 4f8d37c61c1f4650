"""Copies a feed, and dies with the second page half taken over."""

import asyncio
import os
import signal
import sys
from typing import Any

from app.connectors.ports.feeds import Feed
from app.stores.engine import open_writers
from app.workflows import sync_records
from app.workflows.customer_take_in import take_in_customer
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.source_sync import source_sync, sync_job
from app.workflows.work import Work
from tests.workflows.fake_source import FakeOutside, FakeSource, customer


async def main(url: str) -> None:
    web = FakeSource()
    web.put(Feed.CUSTOMERS, *(customer(number, number) for number in range(1, 6)))

    async def take_or_die(tx: Any, source_key: str, record: Any, work: Work) -> Any:
        taken = await take_in_customer(tx, source_key, record, work)
        if record.external_id == "4":
            os.kill(os.getpid(), signal.SIGKILL)
        return taken

    sync_records.TAKE_OVER = {Feed.CUSTOMERS: take_or_die}
    writers = await open_writers(url, connections_max=2)
    await source_sync(
        sync_job("web", Feed.CUSTOMERS, full=False).data,
        Work(writers, FakeOutside(web), Policy(), configured_routing()),
    )


asyncio.run(main(sys.argv[1]))
