"""Options that several commands share, and the settings they override."""

from pathlib import Path
from typing import Annotated

import typer

from app.logs import configure_logs
from app.settings import Settings, from_environment

DataDir = Annotated[
    Path | None,
    typer.Option(help="Where the embedded Postgres and other state live. [DATA_DIR, or var]", metavar="DIR"),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="A PostgreSQL server of your own, instead of the embedded one. [DATABASE_URL]", metavar="URL"),
]


def prepare(**overrides: object) -> Settings:
    """The settings from the environment and the line, with logs as they ask. Raises InvalidSetting."""
    settings = from_environment(None, **overrides)
    configure_logs(settings.log_level, settings.log_format)
    return settings
