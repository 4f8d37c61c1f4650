"""`junction migrate` and `junction seed`: bring a database up to date, and fill an empty one."""

import typer

from app.cli.options import DatabaseUrl, DataDir, prepare
from app.cli.running import run
from app.database.open import open_database
from app.stores.engine import create_engine
from app.stores.migrations import migrate as migrate_to_head
from app.wiring import seed_demo


def migrate(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Bring the tables to this version."""
    settings = prepare(data_dir=data_dir, database_url=database_url)
    with open_database(settings.database_url, settings.data_dir) as database:
        before, after = run(_migrate(database.url))
    typer.echo(f"Already at {after}." if before == after else f"Migrated from {before or 'nothing'} to {after}.")


async def _migrate(url: str) -> tuple[str | None, str | None]:
    engine = create_engine(url, connections_max=1)
    try:
        return await migrate_to_head(engine)
    finally:
        await engine.dispose()


def seed(data_dir: DataDir = None, database_url: DatabaseUrl = None) -> None:
    """Fill an empty database with the demo's retailer."""
    settings = prepare(data_dir=data_dir, database_url=database_url)
    with open_database(settings.database_url, settings.data_dir) as database:
        _, seeded = run(seed_demo(settings, database.url))
    if seeded.skipped:
        typer.echo("The demo's data is there already.")
    else:
        typer.echo(f"Wrote {sum(seeded.rows_by_table.values()):,} rows into {len(seeded.rows_by_table)} tables.")
