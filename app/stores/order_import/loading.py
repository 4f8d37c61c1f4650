"""Writes a batch of orders into the store, from the staging tables of its run, in one transaction.

An imported order is a mirror (UNMANAGED) in its final state, with the ledger of how it came there. A file of sales says
nothing of payments: what was billed and not taken back counts as paid, and there are no payment rows.
"""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.stores.order_import.runs import Run

_ORDERS = """
INSERT INTO orders (
    id, number, management, status, fulfillment_status, payment_status, return_status, channel, customer_id,
    contact_name, contact_email, shipping_address, shipping_method, currency, subtotal_minor, discount_minor,
    shipping_minor, total_minor, paid_minor, refunded_minor, credited_minor, placed_at, updated_at, completed_at,
    canceled_at, estimated_delivery_at, metadata
)
SELECT documents.id, :number_prefix || documents.number, 'UNMANAGED',
    CASE WHEN units = canceled THEN 'CANCELED' WHEN is_open THEN 'CONFIRMED' ELSE 'COMPLETED' END,
    CASE WHEN units = canceled OR is_open THEN 'UNFULFILLED' ELSE 'DELIVERED' END,
    CASE
        WHEN units = canceled AND total_minor = 0 THEN 'VOIDED'
        WHEN is_open THEN 'NOT_PAID'
        WHEN refunded_minor = 0 THEN 'PAID'
        WHEN refunded_minor = total_minor THEN 'REFUNDED'
        ELSE 'PARTIALLY_REFUNDED'
    END,
    CASE WHEN returned = 0 THEN 'NONE' WHEN returned = units - canceled THEN 'RETURNED' ELSE 'PARTIALLY_RETURNED' END,
    :channel, customer_source_records.customer_id,
    coalesce(head.ship_name, head.customer_name), head.customer_email,
    CASE WHEN head.ship_line1 IS NOT NULL AND head.ship_city IS NOT NULL AND head.ship_country IS NOT NULL
        THEN jsonb_strip_nulls(jsonb_build_object(
            'name', head.ship_name, 'line1', head.ship_line1, 'city', head.ship_city, 'region', head.ship_region,
            'postalCode', head.ship_postal_code, 'country', head.ship_country)) END,
    head.shipping_method, documents.currency, subtotal_minor, discount_minor, shipping_minor, total_minor,
    CASE WHEN is_open THEN 0 ELSE total_minor END, refunded_minor, refunded_minor,
    documents.placed_at, coalesce(changed_at, head.shipped_at, documents.placed_at),
    CASE WHEN units > canceled AND NOT is_open THEN coalesce(head.shipped_at, documents.placed_at) END,
    CASE WHEN units = canceled THEN canceled_at END, head.due_at,
    nullif(jsonb_strip_nulls(jsonb_build_object('country', head.country, 'region', head.region)), '{}')
FROM documents
JOIN lines AS head ON head.line_no = documents.first_line_no
CROSS JOIN LATERAL (SELECT coalesce(head.shipping_fee * head.minor_factor, 0)::bigint AS shipping_minor) AS fee
JOIN (
    SELECT ordinal, sum(quantity) AS units, sum(canceled) AS canceled, sum(returned) AS returned,
        sum(unit_minor * (quantity - canceled)) AS subtotal_minor, sum(discount_minor) AS discount_minor
    FROM sale_lines WHERE ordinal BETWEEN :first AND :last GROUP BY ordinal
) AS summed ON summed.ordinal = documents.ordinal
CROSS JOIN LATERAL (SELECT subtotal_minor - discount_minor + shipping_minor AS total_minor) AS total
LEFT JOIN (
    SELECT ordinal, max(at) AS changed_at, max(at) FILTER (WHERE kind = 'CANCEL') AS canceled_at
    FROM changes WHERE ordinal BETWEEN :first AND :last GROUP BY ordinal
) AS changed ON changed.ordinal = documents.ordinal
CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount_minor), 0) AS refunded_minor FROM changes
    WHERE changes.ordinal = documents.ordinal AND kind = 'RETURN'
) AS refund
LEFT JOIN customer_source_records ON customer_source_records.source_key = :source_key
    AND customer_source_records.external_id = head.customer_id
WHERE documents.kind = 'sale' AND documents.ordinal BETWEEN :first AND :last
"""

_ORDER_LINES = """
INSERT INTO order_lines (
    id, order_id, position, product_id, sku, title, currency, unit_price_minor, discount_minor, total_minor,
    ordered, canceled, shipped, delivered, returned, restocked
)
SELECT line.id, documents.id, line.position, products.id, line.sku, coalesce(line.title, line.sku), documents.currency,
    unit_minor, discount_minor, unit_minor * left_units - discount_minor, line.quantity, canceled,
    CASE WHEN is_open THEN 0 ELSE left_units END, CASE WHEN is_open THEN 0 ELSE left_units END, returned,
    CASE WHEN :disposition = 'RESTOCK' THEN returned ELSE 0 END
FROM sale_lines AS line
JOIN documents ON documents.ordinal = line.ordinal AND documents.kind = 'sale'
CROSS JOIN LATERAL (SELECT line.quantity - line.canceled AS left_units) AS kept
JOIN articles ON articles.sku = line.sku
LEFT JOIN products ON products.sku = line.sku AND NOT articles.is_charge
WHERE line.ordinal BETWEEN :first AND :last
"""

_REFERENCES = """
INSERT INTO order_references (order_id, source_key, external_id)
SELECT id, :source_key, number FROM documents WHERE kind = 'sale' AND ordinal BETWEEN :first AND :last
    AND EXISTS (SELECT FROM sale_lines WHERE sale_lines.ordinal = documents.ordinal)
"""

# A return gives money back; the order's total, which is what was bought, stays as it is.
_ORDER_CHANGES = """
INSERT INTO order_changes (id, order_id, kind, at, reason, amount_minor, currency, actor_kind, actor_id, actor_name)
SELECT change.id, orders.id, change.kind, change.at, change.document, change.amount_minor, orders.currency,
    'SYSTEM', 'import', :source_name
FROM (
    SELECT documents.change_id AS id, documents.ordinal, 'PLACE' AS kind, documents.placed_at AS at,
        NULL AS document,
        placed_minor + coalesce(head.shipping_fee * head.minor_factor, 0)::bigint AS amount_minor
    FROM documents
    JOIN lines AS head ON head.line_no = documents.first_line_no
    JOIN (
        SELECT ordinal, sum(unit_minor * quantity - discount_minor) AS placed_minor
        FROM sale_lines WHERE ordinal BETWEEN :first AND :last GROUP BY ordinal
    ) AS placed ON placed.ordinal = documents.ordinal
    WHERE documents.kind = 'sale'
    UNION ALL
    SELECT id, ordinal, kind, at, document, CASE kind WHEN 'CANCEL' THEN -sale_amount_minor ELSE 0 END
    FROM changes WHERE ordinal BETWEEN :first AND :last
) AS change
JOIN documents ON documents.ordinal = change.ordinal AND documents.kind = 'sale'
JOIN orders ON orders.id = documents.id
"""

_ORDER_CHANGE_LINES = """
INSERT INTO order_change_lines (change_id, order_line_id, quantity_delta, amount_delta_minor, currency)
SELECT documents.change_id, line.id, quantity, unit_minor * quantity - discount_minor, documents.currency
FROM sale_lines AS line
JOIN documents ON documents.ordinal = line.ordinal AND documents.kind = 'sale'
WHERE line.ordinal BETWEEN :first AND :last
UNION ALL
SELECT changes.id, line.id, -sum(effects.quantity),
    CASE changes.kind WHEN 'CANCEL' THEN -sum(effects.sale_amount_minor) ELSE 0 END, documents.currency
FROM effects
JOIN changes USING (ordinal, document, kind)
JOIN sale_lines AS line ON line.line_no = effects.sale_line_no
JOIN documents ON documents.ordinal = effects.ordinal AND documents.kind = 'sale'
WHERE effects.ordinal BETWEEN :first AND :last
GROUP BY changes.id, changes.kind, line.id, documents.currency
"""

_RETURNS = """
INSERT INTO returns (id, number, status, order_id, customer_id, currency, refund_minor, requested_at, closed_at)
SELECT changes.return_id, changes.return_number, 'CLOSED', orders.id, orders.customer_id, orders.currency,
    changes.amount_minor, changes.at, changes.at
FROM changes
JOIN documents ON documents.ordinal = changes.ordinal AND documents.kind = 'sale'
JOIN orders ON orders.id = documents.id
WHERE changes.kind = 'RETURN' AND changes.ordinal BETWEEN :first AND :last
"""

_RETURN_LINES = """
WITH returned AS (
    INSERT INTO return_lines (return_id, order_line_id, quantity, reason, received)
    SELECT changes.return_id, line.id, sum(effects.quantity), 'OTHER', sum(effects.quantity)
    FROM effects
    JOIN changes USING (ordinal, document, kind)
    JOIN sale_lines AS line ON line.line_no = effects.sale_line_no
    WHERE effects.kind = 'RETURN' AND effects.ordinal BETWEEN :first AND :last
    GROUP BY changes.return_id, line.id
    RETURNING id, return_id, quantity
)
INSERT INTO return_dispositions (return_line_id, disposition, quantity, at)
SELECT returned.id, :disposition, returned.quantity, changes.at
FROM returned JOIN changes ON changes.return_id = returned.return_id
"""

_EVENTS = """
INSERT INTO events (type, at, subject_type, subject_id, sequence, data, actor_kind, actor_id, actor_name)
SELECT 'order.imported', now(), 'Order', orders.id, 1,
    jsonb_build_object('number', orders.number, 'source', CAST(:source_key AS text), 'externalId', documents.number),
    'SYSTEM', 'import', :source_name
FROM documents JOIN orders ON orders.id = documents.id
WHERE documents.kind = 'sale' AND documents.ordinal BETWEEN :first AND :last
ORDER BY documents.ordinal
"""

# A cancellation may touch orders of several batches; the first of them records it. In order of number, so that two
# batches loaded at the same time cannot each wait for the other.
_IMPORT_DOCUMENTS = """
INSERT INTO import_documents (source_key, number, fingerprint, run_id)
SELECT :source_key, number, fingerprint, CAST(:run_id AS uuid) FROM documents
WHERE kind = 'sale' AND ordinal BETWEEN :first AND :last
    AND EXISTS (SELECT FROM sale_lines WHERE sale_lines.ordinal = documents.ordinal)
UNION ALL
SELECT :source_key, documents.number, documents.fingerprint, CAST(:run_id AS uuid)
FROM (SELECT DISTINCT document FROM changes WHERE ordinal BETWEEN :first AND :last) AS change
JOIN documents ON documents.number = change.document AND documents.kind = 'cancellation'
ORDER BY number
ON CONFLICT (source_key, number) DO NOTHING
"""

_DONE = "UPDATE batches SET is_done = true WHERE batch_no = :batch_no AND NOT is_done RETURNING batch_no"

_STATEMENTS = tuple(
    text(statement)
    for statement in (
        _ORDERS, _ORDER_LINES, _REFERENCES, _ORDER_CHANGES, _ORDER_CHANGE_LINES, _RETURNS, _RETURN_LINES, _EVENTS,
        _IMPORT_DOCUMENTS,
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LoadRules:
    source_key: str
    source_name: str
    number_prefix: str
    channel: str
    disposition: str


class Batch(NamedTuple):
    batch_no: int
    first: int
    last: int
    line_count: int


async def waiting_batches(connection: AsyncConnection) -> list[Batch]:
    rows = await connection.execute(
        text(
            "SELECT batch_no, first_ordinal, last_ordinal, line_count FROM batches WHERE NOT is_done ORDER BY batch_no"
        )
    )
    return [Batch(*row) for row in rows]


async def load_batch(connection: AsyncConnection, run: Run, batch: Batch, rules: LoadRules) -> None:
    """Marks the batch done in the same transaction, so that it is loaded once however often it is tried."""
    if (await connection.execute(text(_DONE), {"batch_no": batch.batch_no})).first() is None:
        return
    values = {
        "run_id": run.id,
        "first": batch.first,
        "last": batch.last,
        "source_key": rules.source_key,
        "source_name": rules.source_name,
        "number_prefix": rules.number_prefix,
        "channel": rules.channel,
        "disposition": rules.disposition,
    }
    for statement in _STATEMENTS:
        names = statement.compile().params.keys()
        await connection.execute(statement, {name: values[name] for name in names})
