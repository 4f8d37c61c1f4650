"""What other systems would not take: for whoever looks after the connections."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.domain.outgoing import Push

SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class GivenUp:
    source_key: str
    push: Push
    about: str
    """For people: an order by its number, or a SKU at a location."""
    since: datetime
    attempts: int
    reason: str


_GIVEN_UP = text("""
SELECT document.source_key, document.kind,
       coalesce('order ' || orders.number, product.sku || ' at ' || location.key,
                document.subject_type || ' ' || document.subject_id) AS about,
       document.given_up_at, document.attempts, document.reason
  FROM outgoing_documents document
  LEFT JOIN orders ON orders.id = document.order_id
  LEFT JOIN inventory_movements moved ON moved.id = document.subject_id
  LEFT JOIN inventory_positions position ON position.id = moved.position_id
  LEFT JOIN products product ON product.id = position.product_id
  LEFT JOIN locations location ON location.id = position.location_id
 WHERE document.given_up_at IS NOT NULL
 ORDER BY document.given_up_at DESC, document.id DESC
 LIMIT :shown_max
""")


async def given_up_documents(engine: AsyncEngine, *, shown_max: int = SHOWN_MAX) -> list[GivenUp]:
    """The newest first."""
    async with engine.connect() as connection:
        rows = await connection.execute(_GIVEN_UP, {"shown_max": shown_max})
        return [GivenUp(key, Push[kind], *rest) for key, kind, *rest in rows]
