"""`junction migrate` and `junction seed`: bring a database up to date, and fill an empty one."""

from pathlib import Path

import click

from app.cli import options
from app.cli.demo import seed_demo
from app.cli.running import run
from app.database.open import open_database
from app.stores.engine import create_engine
from app.stores.migrations import migrate as migrate_to_head


@click.command()
@options.data_dir
@options.database_url
def migrate(data_dir: Path | None, database_url: str | None) -> None:
    """Bring the tables to this version."""
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    with open_database(settings.database_url, settings.data_dir) as database:
        before, after = run(_migrate(database.url))
    click.echo(f"Already at {after}." if before == after else f"Migrated from {before or 'nothing'} to {after}.")


async def _migrate(url: str) -> tuple[str | None, str | None]:
    engine = create_engine(url, connections_max=1)
    try:
        return await migrate_to_head(engine)
    finally:
        await engine.dispose()


@click.command()
@options.data_dir
@options.database_url
def seed(data_dir: Path | None, database_url: str | None) -> None:
    """Fill an empty database with the demo's retailer."""
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    with open_database(settings.database_url, settings.data_dir) as database:
        _, seeded = run(seed_demo(settings, database.url))
    if seeded.skipped:
        click.echo("The demo's data is there already.")
    else:
        click.echo(f"Wrote {sum(seeded.rows_by_table.values()):,} rows into {len(seeded.rows_by_table)} tables.")
