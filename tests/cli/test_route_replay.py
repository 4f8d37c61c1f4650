"""`junction route-replay`, over a store in which two orders have been routed."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from app.connectors.registry import Registry
from app.stores.engine import open_writers
from app.workflows.order_route import route_confirmed
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.work import Work
from tests.cli.conftest import Here
from tests.workflows.shop import Shop

DENVER = {"latitude": 39.7576, "longitude": -105.0098}
RENO = {"latitude": 39.6296, "longitude": -119.9006}


@pytest.fixture
def routed(migrated_database: str) -> str:
    async def route() -> None:
        connection = await asyncpg.connect(migrated_database)
        shop = Shop(connection)
        await shop.location("denver", stock={"LAMP": 5}, **DENVER)
        await shop.location("reno", stock={"LAMP": 9, "SOFA": 9}, **RENO)
        address = '{"country": "US"}'
        orders = [
            await shop.order("1", {"LAMP": {"denver": 1}, "SOFA": {"reno": 1}}, shipping_address=address),
            await shop.order("2", {"LAMP": {"denver": 2}}, shipping_address=address),
        ]
        writers = await open_writers(migrated_database, connections_max=1)
        work = Work(writers, Registry(()), Policy(), configured_routing())
        for order_id in orders:
            await route_confirmed({"order_id": str(order_id)}, work)
        await shop.run("UPDATE routing_decisions SET at = '2026-03-01' WHERE order_id = $1", orders[0])
        await writers.close()
        await connection.close()

    asyncio.run(route())
    return migrated_database


def test_a_policy_is_compared_with_the_one_in_force(here: Here, routed: str, tmp_path: Path) -> None:
    policy = tmp_path / "split.toml"
    policy.write_text(
        'name = "split"\ncurrency = "USD"\n[weights]\nsplit = 0\ncost = 0\ndistance = 50\n'
        "[methods.default]\nbase_minor = 1\n"
    )
    code, out, _ = here("route-replay", "--policy", str(policy), "--json", DATABASE_URL=routed, DATA_DIR=tmp_path)
    figures = json.loads(out)
    assert (code, figures["changed_orders"], figures["orders_without_record"]) == (0, 1, 0)
    assert (figures["in_force"]["policy"], figures["in_force"]["orders"], figures["in_force"]["splits"]) == (
        "standard",
        2,
        0,
    )
    assert (figures["tried"]["policy"], figures["tried"]["orders"], figures["tried"]["splits"]) == ("split", 2, 1)


def test_orders_are_bounded_by_day_and_number(here: Here, routed: str, tmp_path: Path) -> None:
    line = ("route-replay", "--policy", "nearest", "--json")
    _, out, _ = here(*line, "--since", "2026-03-02", DATABASE_URL=routed, DATA_DIR=tmp_path)
    assert json.loads(out)["tried"]["units"] == 2
    _, out, _ = here(*line, "--orders", "1", DATABASE_URL=routed, DATA_DIR=tmp_path)
    assert json.loads(out)["tried"]["orders"] == 1


def test_the_table_is_for_people(here: Here, routed: str, tmp_path: Path) -> None:
    code, out, _ = here("route-replay", "--policy", "standard", DATABASE_URL=routed, DATA_DIR=tmp_path)
    rows = [" ".join(row.split()) for row in out.splitlines()]
    assert code == 0
    assert "policy standard standard" in rows
    assert "units 4 4" in rows
    assert rows[-1] == "0 orders would have gone other ways."


def test_with_nothing_to_replay_that_is_said(here: Here, migrated_database: str, tmp_path: Path) -> None:
    code, out, err = here("route-replay", "--policy", "nearest", DATABASE_URL=migrated_database, DATA_DIR=tmp_path)
    assert (code, out) == (1, "")
    assert err == (
        "junction: No order has been routed in that time of which it is recorded on what that was decided.\n"
    )


def test_a_policy_that_there_is_not_is_refused(here: Here, migrated_database: str) -> None:
    code, _, err = here("route-replay", "--policy", "fastest", DATABASE_URL=migrated_database)
    assert (code, "neither a file nor one of nearest, standard" in err) == (1, True)
