"""Two hundred buyers at once for fifty units, against several processes: exactly fifty are sold."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.stores.doctor import Verdict, examine
from app.stores.engine import create_engine
from tests.faults.servers import servers
from tests.fixtures_shop import ADDRESS, line, usd

STORE = """
INSERT INTO products (id, sku, title) VALUES ('00000000-0000-0000-0000-0000000000a1', 'HOT', 'Hot');
INSERT INTO locations (id, key, name, kind) VALUES
    ('00000000-0000-0000-0000-0000000000b1', 'east', 'East', 'WAREHOUSE'),
    ('00000000-0000-0000-0000-0000000000b2', 'west', 'West', 'WAREHOUSE');
INSERT INTO inventory_positions (product_id, location_id, on_hand) VALUES
    ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000b1', 30),
    ('00000000-0000-0000-0000-0000000000a1', '00000000-0000-0000-0000-0000000000b2', 20);
INSERT INTO inventory_movements (position_id, kind, quantity, on_hand_delta, actor_kind, actor_id)
SELECT id, 'RECEIPT', on_hand, on_hand, 'SYSTEM', 'test' FROM inventory_positions
"""
PLACE = """mutation ($input: OrderPlaceInput!, $key: String) { orderPlace(input: $input, idempotencyKey: $key) {
    userErrors { code ... on InsufficientStock { sku requested available } }
    order { id status fulfillmentStatus lines { quantities { reserved backordered allocated } } } } }"""
BUYERS = 200
UNITS = 50


async def _bought(client: httpx2.AsyncClient, url: str, buyer: int) -> Any:
    input_ = {
        "channel": "web",
        "customer": {"email": f"buyer{buyer}@example.com"},
        "lines": [line("HOT", 1, "9.99", tax=usd("0.72"))],
        "shippingAddress": ADDRESS,
    }
    answer = (
        await client.post(url, json={"query": PLACE, "variables": {"input": input_, "key": f"buyer-{buyer}"}})
    ).json()
    assert "errors" not in answer
    return answer["data"]["orderPlace"]


@pytest.mark.parametrize("policy", ["refuse", "backorder"])
async def test_fifty_units_are_promised_to_fifty_buyers(migrated_database: str, tmp_path: Path, policy: str) -> None:
    engine = create_engine(migrated_database)
    async with engine.begin() as connection:
        for statement in STORE.split(";"):
            await connection.exec_driver_sql(statement)
    async with (
        servers(3, migrated_database, tmp_path, shortage=policy, worker="false") as started,
        httpx2.AsyncClient(timeout=60, limits=httpx2.Limits(max_connections=BUYERS)) as client,
    ):
        payloads = await asyncio.gather(
            *(_bought(client, started[buyer % len(started)].url, buyer) for buyer in range(BUYERS))
        )
    ended = Counter(
        payload["order"]["fulfillmentStatus"] if payload["order"] else payload["userErrors"][0]["code"]
        for payload in payloads
    )
    refused = "INSUFFICIENT_STOCK" if policy == "refuse" else "BACKORDERED"
    assert ended == {"UNFULFILLED": UNITS, refused: BUYERS - UNITS}
    assert sum(each["order"]["lines"][0]["quantities"]["reserved"] for each in payloads if each["order"]) == UNITS
    async with engine.connect() as connection:
        found = (await connection.exec_driver_sql("SELECT sum(reserved), sum(on_hand) FROM inventory_positions")).one()
        assert tuple(found) == (UNITS, UNITS)
    assert [each for each in await examine(engine) if each.verdict is not Verdict.OK] == []
    await engine.dispose()
