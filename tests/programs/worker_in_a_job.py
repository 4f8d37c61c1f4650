"""A worker on the database of its argument whose job says so when it has begun, and never ends."""

import asyncio
import sys

from app.worker import Worker, running_worker
from app.workflows.job_kind import JobKind


async def begin(_: object, __: object) -> None:
    print("begun", flush=True)  # noqa: T201 - to the test
    await asyncio.Event().wait()


async def main(url: str) -> None:
    worker = Worker(url=url, kinds={"begin": JobKind(run=begin)}, work=None, give_up=begin)  # type: ignore[arg-type]
    async with running_worker(worker):
        await asyncio.Event().wait()


asyncio.run(main(sys.argv[1]))
