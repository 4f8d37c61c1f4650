"""What a case is about, and what became of one that was asked for."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.order import OrderManagement
from app.stores.transaction import Transaction

# The customer's row is locked: an event of it is to be written.
_LOCK_CUSTOMER = "SELECT coalesce(merged_into_id, id) FROM customers WHERE id = $1 FOR NO KEY UPDATE"
_SUBJECT = """
SELECT (SELECT external_id FROM customer_source_records
         WHERE source_key = $1 AND customer_id = $2 ORDER BY linked_at, id LIMIT 1) AS customer_external_id,
       orders.number AS order_number, orders.management,
       coalesce(orders.customer_id = ANY (ARRAY[$2, $3]::uuid[]), false) AS is_theirs
  FROM (VALUES (1)) AS one LEFT JOIN orders ON orders.id = $4
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    has_customer: bool
    customer_external_id: str | None = None
    """In the source; None where it does not know them."""
    order_number: str | None = None
    management: OrderManagement | None = None
    is_theirs: bool = False
    """The order is the customer's."""


async def find_subject(tx: Transaction, source_key: str, customer_id: UUID, order_id: UUID | None) -> Subject:
    survivor_id = await tx.value(_LOCK_CUSTOMER, customer_id)
    if survivor_id is None:
        return Subject(has_customer=False)
    row = await tx.row(_SUBJECT, source_key, survivor_id, customer_id, order_id)
    assert row is not None  # noqa: S101 - there is always one
    management = None if row["management"] is None else OrderManagement(row["management"])
    return Subject(**{**dict(row), "management": management}, has_customer=True)
