"""Has a source told once more of what it did not take."""

from app.cli.errors import CannotRun
from app.cli.running import run
from app.database.open import open_database
from app.domain.actor import SYSTEM
from app.settings import Settings
from app.stores.engine import open_writers
from app.wiring import prepared_engine
from app.workflows.push_again import push_again


def told_again(settings: Settings, source_key: str) -> int:
    """How many documents. Raises CannotRun: to look into a database is no reason to make one."""
    if settings.database_url is None and not (settings.data_dir / "postgres").exists():
        raise CannotRun("There is no database yet; start one with junction serve, or choose another DATA_DIR.")
    with open_database(settings.database_url, settings.data_dir) as database:
        return run(_told_again(settings, database.url, source_key))


async def _told_again(settings: Settings, url: str, source_key: str) -> int:
    async with prepared_engine(settings, url, migrates=False):
        writers = await open_writers(url, connections_max=1)
        try:
            return await push_again(source_key, writers, SYSTEM)
        finally:
            await writers.close()
