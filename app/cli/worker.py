"""`junction worker`: runs the store's jobs, beside servers that do not, or as one more."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import click
import structlog

from app.cli import options
from app.cli.running import Stopped, run
from app.cli.sources import present_sources
from app.database.open import Database, open_database
from app.settings import Settings
from app.wiring import running_background
from app.worker import Worker, running_worker
from app.workflows.job_attempt import Outcome
from app.workflows.jobs import JOBS, give_up
from app.workflows.work import Work

log = structlog.get_logger("junction.worker")


@click.command()
@options.data_dir
@options.database_url
def worker(data_dir: Path | None, database_url: str | None) -> None:
    """Run jobs until Ctrl-C or SIGTERM.

    As many processes as you like share the work, servers among them.
    """
    try:
        settings = options.prepare(data_dir=data_dir, database_url=database_url)
        with open_database(settings.database_url, settings.data_dir) as database:
            run(_work(settings, database))
    except (KeyboardInterrupt, Stopped):
        log.info("stopped")


async def _work(settings: Settings, database: Database) -> None:
    sources = present_sources(settings.data_dir)
    # As for a server: a database that was given by URL is migrated by hand.
    async with (
        running_background(settings, database.url, sources, migrates=database.origin != "url") as background,
        working(settings, database.url, background.work),
    ):
        log.info("working", database=database.origin, concurrency=settings.worker_concurrency)
        await asyncio.Event().wait()


@asynccontextmanager
async def working(
    settings: Settings, database_url: str, work: Work, told: Callable[[str, Outcome], None] = lambda _, __: None
) -> AsyncIterator[None]:
    async with running_worker(
        Worker(
            url=database_url,
            kinds=JOBS,
            work=work,
            give_up=partial(give_up, work=work),
            concurrency=settings.worker_concurrency,
            takeover_s=settings.worker_takeover_s,
            told=told,
        )
    ):
        yield
