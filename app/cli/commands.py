"""The commands that there are, and what becomes of one that cannot be done."""

import sys
from collections.abc import Sequence
from pkgutil import resolve_name
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from app.cli import STOPPED_BY_SIGNAL
from app.cli.errors import EXPECTED, refusal_of
from app.cli.running import Stopped

COMMANDS = {
    "serve": "app.cli.serve:serve",
    "worker": "app.cli.worker:worker",
    "migrate": "app.cli.database:migrate",
    "seed": "app.cli.database:seed",
    "doctor": "app.cli.doctor:doctor",
    "connectors": "app.cli.connectors:connectors",
    "webhooks": "app.cli.webhooks:webhooks",
    "explain": "app.cli.explain:explain",
    "schema": "app.cli.schema:print_schema",
    "lifecycles": "app.cli.lifecycles:print_lifecycles",
    "version": "app.cli.version:version",
    "import": "app.cli.import_orders:importing",
    "route-replay": "app.cli.route_replay:route_replay",
    "sandbox": "app.cli.sandbox:sandbox",
}
"""In the order of the help, and where each is found."""


class _Commands(click.Group):
    """Imports a command's module when it is named: what the others need would stay in a server's memory."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        place = COMMANDS.get(cmd_name)
        command: click.Command | None = resolve_name(place) if place else None
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(STOPPED_BY_SIGNAL)


@click.group(cls=_Commands)
def cli() -> None:
    """One GraphQL schema over customers, orders, inventory, shipments and returns, wherever they live."""


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
    click.echo(f"junction: {sentence}", err=True)
    return 1
