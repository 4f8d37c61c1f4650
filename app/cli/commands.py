"""The commands that there are, and what becomes of one that cannot be done."""

import sys
from collections.abc import Sequence
from importlib.metadata import version as installed_version

import typer
from sqlalchemy.exc import DBAPIError

from app.cli import STOPPED_BY_SIGNAL
from app.cli.database import migrate, seed
from app.cli.doctor import doctor
from app.cli.errors import EXPECTED, refusal_of
from app.cli.import_orders import importing
from app.cli.running import Stopped
from app.cli.sandbox import sandbox
from app.cli.serve import serve
from app.schema import schema

cli = typer.Typer(
    help="One GraphQL schema over customers, orders, inventory, shipments and returns, wherever they live.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (serve, migrate, seed, doctor):
    cli.command()(command)
cli.add_typer(importing, name="import")
cli.add_typer(sandbox, name="sandbox")


@cli.command("schema")
def print_schema() -> None:
    """Print the GraphQL schema (SDL)."""
    typer.echo(schema.as_str())


@cli.command()
def version() -> None:
    """Print the version."""
    typer.echo(f"junction {installed_version('junction')}")


def run_command(arguments: Sequence[str] | None) -> None:
    """Exits as `main` says."""
    try:
        cli(arguments, prog_name="junction")
    except EXPECTED as exc:
        sys.exit(_told(str(exc)))
    except DBAPIError as exc:
        if sentence := refusal_of(exc):
            sys.exit(_told(sentence))
        raise
    except Stopped:
        _told("stopped before the end; run it again to go on")
        sys.exit(STOPPED_BY_SIGNAL)


def _told(sentence: str) -> int:
    typer.echo(f"junction: {sentence}", err=True)
    return 1
