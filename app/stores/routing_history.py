"""What past routes were decided on."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.routing.request import RoutingRequest

# The first route of an order is the one that a policy is free in: later ones follow a refusal, or somebody's wish.
_FIRST = """
  FROM routing_decisions decision
 WHERE decision.at >= :since
   AND NOT EXISTS (SELECT FROM routing_decisions earlier
                    WHERE earlier.order_id = decision.order_id
                      AND (earlier.at, earlier.id) < (decision.at, decision.id))
"""
_COUNT = text(f"SELECT count(*) AS routed, count(decision.inputs) AS recorded {_FIRST}")
_INPUTS = text(
    f"SELECT decision.inputs {_FIRST} AND decision.inputs IS NOT NULL"
    " ORDER BY decision.at DESC, decision.id DESC LIMIT :orders_max"
)
ROWS_AT_A_TIME = 100
EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


async def count_routed(engine: AsyncEngine, since: datetime | None) -> tuple[int, int]:
    """Orders that were routed, and those of them of which it is recorded on what that was decided."""
    async with engine.connect() as connection:
        routed, recorded = (await connection.execute(_COUNT, {"since": since or EVER})).one()
        return routed, recorded


async def past_requests(
    engine: AsyncEngine, since: datetime | None, *, orders_max: int
) -> AsyncIterator[RoutingRequest]:
    """Of the newest orders, the newest first."""
    async with engine.connect() as connection:
        options = {"yield_per": ROWS_AT_A_TIME}
        values: dict[str, Any] = {"since": since or EVER, "orders_max": orders_max}
        async with connection.stream(_INPUTS, values, execution_options=options) as rows:
            async for row in rows:
                yield msgspec.convert(row.inputs, RoutingRequest)
