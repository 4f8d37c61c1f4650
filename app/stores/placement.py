"""What placing an order needs to know beforehand: whether it is there already, who ordered, and the products."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.stores.transaction import Transaction, json_in

_FIND = """
SELECT (SELECT order_id FROM order_references WHERE source_key = $1 AND external_id = $2) AS placed_before,
       (SELECT jsonb_object_agg(key, kind) FROM sources WHERE key = ANY($3::text[])) AS sources,
       (SELECT jsonb_agg(jsonb_build_object('id', id, 'sku', sku, 'title', title, 'active', active))
          FROM products WHERE sku = ANY($4::text[])) AS products,
       (SELECT to_jsonb(found) FROM (
            SELECT coalesce(customer.merged_into_id, customer.id) AS id, customer.display_name AS name,
                   customer.email
              FROM customers customer
             WHERE customer.id = coalesce(
                       $5::uuid,
                       (SELECT customer_id FROM customer_source_records WHERE source_key = $6 AND external_id = $7),
                       (SELECT id FROM customers
                         WHERE emails @> ARRAY[lower($8)] AND merged_into_id IS NULL
                         ORDER BY created_at LIMIT 1))) found) AS customer,
       nextval('order_numbers')::text AS number
"""


@dataclass(frozen=True, slots=True)
class Product:
    id: UUID
    sku: str
    title: str
    active: bool


@dataclass(frozen=True, slots=True)
class CustomerFound:
    id: UUID
    name: str
    email: str | None


@dataclass(frozen=True, slots=True)
class Known:
    number: str
    """The next order's."""
    placed_before: UUID | None
    """The order that the channel's own id stands for already."""
    sources: dict[str, str]
    """Kind by key, of those that were asked for and exist."""
    products: dict[str, Product]
    """By SKU."""
    customer: CustomerFound | None


async def find_known(
    tx: Transaction,
    *,
    reference: tuple[str | None, str | None],
    sources: Sequence[str],
    skus: Sequence[str],
    customer_id: UUID | None,
    customer_reference: tuple[str | None, str | None],
    email: str | None,
) -> Known:
    """A customer is found by id; else by a source's id of them; else by e-mail address. One statement."""
    row: Any = await tx.row(_FIND, *reference, list(sources), list(skus), customer_id, *customer_reference, email)
    customer = json_in(row["customer"])
    return Known(
        row["number"],
        row["placed_before"],
        json_in(row["sources"]) or {},
        {
            each["sku"]: Product(UUID(each["id"]), each["sku"], each["title"], each["active"])
            for each in json_in(row["products"]) or ()
        },
        customer and CustomerFound(UUID(customer["id"]), customer["name"], customer["email"]),
    )


async def find_products(tx: Transaction, skus: Sequence[str]) -> dict[str, Product]:
    """By SKU."""
    rows = await tx.rows("SELECT id, sku, title, active FROM products WHERE sku = ANY($1::text[])", list(skus))
    return {row["sku"]: Product(*row) for row in rows}
