"""Options that several commands share, and the settings they override."""

from pathlib import Path

import click

from app.logs import configure_logs
from app.settings import Settings, from_environment

data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the embedded Postgres and other state live. [DATA_DIR, or var]",
)
database_url = click.option(
    "--database-url",
    metavar="URL",
    help="A PostgreSQL server of your own, instead of the embedded one. [DATABASE_URL]",
)


def prepare(**overrides: object) -> Settings:
    """The settings from the environment and the line, with logs as they ask. Raises InvalidSetting."""
    settings = from_environment(None, **overrides)
    configure_logs(settings.log_level, settings.log_format)
    return settings
