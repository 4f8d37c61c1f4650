"""`--demo`: the application with the demo's retailer in the store and its vendors on the loopback."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from app.cli.demo_sources import demo_sources
from app.sandbox.app import close_sandbox, create_sandbox, send_events_to
from app.sandbox.data import SandboxData
from app.sandbox.server import serve_sandbox
from app.sandbox.story import FIRST_CUSTOMER_NUMBER, GOES_ON_IN, Story, end_of, gone_on, tell
from app.settings import Settings
from app.wiring import Demo, prepared_engine, running_application
from app.workflows.seed import SeedResult, first_customer_created_at, rows_of, seed

log = structlog.get_logger("junction.demo")


@asynccontextmanager
async def running_demo(settings: Settings, database_url: str, *, address: str | None = None) -> AsyncIterator[Demo]:
    """`address` is where the application will answer: vendors send their events there. Raises StoreNotEmpty."""
    story, _ = await seed_demo(settings, database_url)
    async with running_seeded_demo(story.sandbox, settings, database_url, address=address) as demo:
        yield demo


@asynccontextmanager
async def running_seeded_demo(
    data: SandboxData, settings: Settings, database_url: str, *, address: str | None = None
) -> AsyncIterator[Demo]:
    """On a store that holds the story; `data` is what its vendors hold."""
    control_token = secrets.token_urlsafe()
    vendors = create_sandbox(data, control_token=control_token)
    sandbox = await serve_sandbox(vendors)
    try:
        if address is not None:
            await send_events_to(vendors, address)
        sources = demo_sources(sandbox.base_url)
        async with running_application(
            settings, database_url, sources, migrates=False, may_choose_engine=True
        ) as application:
            yield Demo(application, sandbox.base_url, control_token)
    finally:
        await close_sandbox(vendors)
        await sandbox.close()


async def seed_demo(settings: Settings, database_url: str) -> tuple[Story, SeedResult]:
    """Writes the story unless it is there already; the vendors must go on telling that same one."""
    async with prepared_engine(settings, database_url, migrates=True) as engine:
        story = tell(await _story_end(engine))
        result = await seed(engine, story.tables, at=story.now)
        return (gone_on(story, await rows_of(engine, *GOES_ON_IN)) if result.skipped else story), result


async def _story_end(engine: AsyncEngine) -> datetime:
    """Of the story in the store, or for an empty store the last midnight, so that the demo looks alive."""
    told_at = await first_customer_created_at(engine, FIRST_CUSTOMER_NUMBER)
    if told_at is not None:
        return end_of(told_at)
    log.info("loading the demo's data")
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
