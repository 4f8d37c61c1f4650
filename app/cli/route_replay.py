"""`junction route-replay`: what another routing policy would have made of past orders."""

import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from app.cli import options
from app.cli.errors import CannotRun
from app.cli.running import run
from app.database.open import open_database
from app.domain.money import decimal_amount
from app.domain.routing.policy import Policy
from app.domain.routing.replay import Comparison, Tally, replay
from app.settings import Settings
from app.stores.routing_history import count_routed, past_requests
from app.wiring import prepared_engine
from app.workflows.routing.policies import load_policy

ORDERS_MAX = 1_000


@click.command()
@click.option("--policy", "tried", required=True, metavar="NAME|FILE", help="A policy by name, or a TOML file.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="Only orders routed on this day (UTC) or later.",
)
@click.option(
    "--orders", "orders_max", type=click.IntRange(min=1), default=ORDERS_MAX, show_default=True,
    help="At most so many, the newest.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@options.data_dir
@options.database_url
def route_replay(
    tried: str,
    since: datetime | None,
    orders_max: int,
    as_json: bool,
    data_dir: Path | None,
    database_url: str | None,
) -> None:
    """Compare another routing policy with the one in force.

    Past orders are routed again, and nothing is written. Each order is decided on what its first route was decided
    on: the stock, load and distances of then.
    """
    settings = options.prepare(data_dir=data_dir, database_url=database_url)
    in_force, other = load_policy(settings.routing_policy), load_policy(tried)
    if since is not None:
        since = since.replace(tzinfo=UTC)
    with open_database(settings.database_url, settings.data_dir) as database:
        found = run(_replay(settings, database.url, in_force, other, since, orders_max))
    if found is None:
        raise CannotRun("No order has been routed in that time of which it is recorded on what that was decided.")
    comparison, left_out = found
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(_figures(comparison, left_out)) + b"\n")
    else:
        _show(Console(), comparison, left_out)


async def _replay(
    settings: Settings, url: str, in_force: Policy, tried: Policy, since: datetime | None, orders_max: int
) -> tuple[Comparison, int] | None:
    """The comparison, and how many orders have no record to replay. None where there is nothing to replay."""
    async with prepared_engine(settings, url, migrates=False) as engine:
        routed, recorded = await count_routed(engine, since)
        requests = [each async for each in past_requests(engine, since, orders_max=orders_max)]
    return (replay(requests, in_force, tried), routed - recorded) if requests else None


def _figures(comparison: Comparison, left_out: int) -> dict[str, Any]:
    tallies = {"in_force": comparison.in_force, "tried": comparison.tried}
    figures = {
        name: {**asdict(tally), "unit_km": round(tally.unit_km, 1), "km_per_unit": tally.km_per_unit}
        for name, tally in tallies.items()
    }
    return {
        "currency": comparison.currency,
        "changed_orders": comparison.changed_orders,
        "orders_without_record": left_out,
        **figures,
    }


def _show(console: Console, comparison: Comparison, left_out: int) -> None:
    table = Table("", "in force", "tried", box=None, pad_edge=False)
    rows = [_told(tally, comparison.currency) for tally in (comparison.in_force, comparison.tried)]
    for name in rows[0]:
        table.add_row(name, *(row[name] for row in rows))
    console.print(table)
    console.print(f"\n{comparison.changed_orders:,} orders would have gone other ways.", highlight=False)
    if left_out:
        console.print(f"{left_out:,} others are left out: on what they were decided is not recorded.", highlight=False)


def _told(tally: Tally, currency: str) -> dict[str, str]:
    return {
        "policy": tally.policy,
        "orders": f"{tally.orders:,}",
        "with every unit placed": f"{tally.complete_orders:,}",
        "split": f"{tally.split_orders:,}",
        "splits": f"{tally.splits:,}",
        "units": f"{tally.units:,}",
        "units without a place": f"{tally.unplaced_units:,}",
        f"cost, {currency}": f"{decimal_amount(tally.cost_minor, currency):,}",
        "km of a unit": "unknown" if tally.km_per_unit is None else f"{tally.km_per_unit:,}",
        "found by heuristic": f"{tally.heuristic_searches:,}",
    }
