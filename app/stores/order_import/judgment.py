"""Which lines cannot be imported and why, and which documents (orders, and cancellations of them) the others form.

`outcomes` names the bucket of every line that is not imported. A line is judged by the first rule that it breaks.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.stores.order_import.staging import CONTENT_COLUMNS


@dataclass(frozen=True, slots=True)
class Judgment:
    source_key: str
    number_prefix: str
    zero_price: str
    """`import`, `with_customer` or `reject`."""
    ships: bool
    """Whether the file says when an order was shipped: one that was not is still open."""


_OUTCOMES = text("CREATE TABLE outcomes (line_no bigint PRIMARY KEY, bucket text NOT NULL, reason text NOT NULL)")

AMOUNT_MINOR_MAX = 10**15

_JUDGE_LINES = f"""
INSERT INTO outcomes (line_no, bucket, reason)
SELECT line_no, CASE reason WHEN 'exact_duplicate' THEN 'merged' ELSE 'rejected' END, reason
FROM (
    SELECT line_no, CASE
        WHEN copy > 1 THEN 'exact_duplicate'
        WHEN problem IS NOT NULL THEN problem
        WHEN unit_price < 0 THEN 'negative_price'
        WHEN unit_price * minor_factor % 1 <> 0 THEN 'price_finer_than_currency'
        WHEN abs(quantity) * unit_price * minor_factor >= {AMOUNT_MINOR_MAX} THEN 'amount_too_large'
        WHEN quantity = 0 THEN 'zero_quantity'
        WHEN kind = 'sale' AND quantity < 0 THEN 'negative_quantity'
        WHEN kind = 'cancellation' AND quantity > 0 THEN 'positive_cancellation'
        WHEN unit_price = 0 AND kind = 'sale'
            AND (:zero_price = 'reject' OR :zero_price = 'with_customer' AND customer_id IS NULL) THEN 'zero_price'
        WHEN discount_rate NOT BETWEEN 0 AND 1 OR discount NOT BETWEEN 0 AND abs(quantity) * unit_price
            THEN 'invalid_discount'
        WHEN discount * minor_factor % 1 <> 0 THEN 'discount_finer_than_currency'
        WHEN shipping_fee < 0 THEN 'negative_shipping_fee'
        WHEN shipping_fee * minor_factor % 1 <> 0 THEN 'shipping_fee_finer_than_currency'
    END AS reason
    FROM (
        SELECT *, row_number() OVER (PARTITION BY {", ".join(CONTENT_COLUMNS)}, origin ORDER BY line_no) AS copy
        FROM lines
    ) AS counted
) AS judged
WHERE reason IS NOT NULL
"""  # noqa: S608 - made of the constants above

_DOCUMENTS = text("""
CREATE TABLE documents AS
SELECT document.*, row_number() OVER (PARTITION BY document.kind ORDER BY document.placed_at, document.number)
    AS ordinal, uuidv7() AS id, uuidv7() AS change_id, known.fingerprint AS known_fingerprint,
    CASE
        WHEN known.number IS NOT NULL THEN NULL
        WHEN several_customers THEN 'order_of_several_customers'
        WHEN several_currencies THEN 'order_in_several_currencies'
        WHEN orders.id IS NOT NULL OR order_references.id IS NOT NULL OR returns.id IS NOT NULL THEN 'number_taken'
    END AS problem
FROM (
    SELECT kind, order_number AS number, min(line_no) AS first_line_no, min(placed_at) AS placed_at,
        min(placed_at) <> max(placed_at) AS several_times, count(*) AS line_count,
        min(customer_id) <> max(customer_id) OR count(customer_id) NOT IN (0, count(*)) AS several_customers,
        min(currency) AS currency, min(currency) <> max(currency) AS several_currencies,
        kind = 'sale' AND CAST(:ships AS boolean) AND max(shipped_at) IS NULL AS is_open,
        md5(string_agg(concat_ws(E'\\x1f', sku, quantity, trim_scale(unit_price)), E'\\x1e' ORDER BY line_no))
            AS fingerprint
    FROM lines
    WHERE NOT EXISTS (SELECT FROM outcomes WHERE outcomes.line_no = lines.line_no)
    GROUP BY kind, order_number
) AS document
LEFT JOIN import_documents AS known ON known.source_key = :source_key AND known.number = document.number
LEFT JOIN orders ON document.kind = 'sale' AND orders.number = :number_prefix || document.number
LEFT JOIN order_references ON document.kind = 'sale' AND order_references.source_key = :source_key
    AND order_references.external_id = document.number
LEFT JOIN returns ON document.kind = 'cancellation' AND returns.number = :number_prefix || document.number
""")

# All now: once the matching has read from a table through a cursor, its transaction can add no index to it.
_INDEX_DOCUMENTS = (
    "CREATE UNIQUE INDEX ON documents (number, kind)",
    "CREATE INDEX ON documents (ordinal) WHERE kind = 'sale'",
)

_JUDGE_DOCUMENTS = text("""
INSERT INTO outcomes (line_no, bucket, reason)
SELECT lines.line_no, 'rejected', documents.problem
FROM documents
JOIN lines ON lines.order_number = documents.number AND lines.kind = documents.kind
WHERE documents.problem IS NOT NULL AND NOT EXISTS (SELECT FROM outcomes WHERE outcomes.line_no = lines.line_no)
""")

_JUDGE_UNMATCHED = text("""
INSERT INTO outcomes (line_no, bucket, reason)
SELECT line_no, 'rejected', 'cancellation_without_sale'
FROM lines
WHERE kind = 'cancellation' AND NOT EXISTS (SELECT FROM matches WHERE matches.line_no = lines.line_no)
    AND NOT EXISTS (SELECT FROM outcomes WHERE outcomes.line_no = lines.line_no)
""")

_JUDGE_KNOWN = text("""
INSERT INTO outcomes (line_no, bucket, reason)
SELECT lines.line_no,
    CASE WHEN known_fingerprint = fingerprint THEN 'merged' ELSE 'rejected' END,
    CASE WHEN known_fingerprint = fingerprint THEN 'already_imported' ELSE 'changed_since_import' END
FROM documents
JOIN lines ON lines.order_number = documents.number AND lines.kind = documents.kind
WHERE known_fingerprint IS NOT NULL AND NOT EXISTS (SELECT FROM outcomes WHERE outcomes.line_no = lines.line_no)
""")

_JUDGE_LATE = text("""
INSERT INTO outcomes (line_no, bucket, reason)
SELECT DISTINCT matches.line_no, 'rejected', 'sale_already_imported'
FROM matches
JOIN lines AS sale ON sale.line_no = matches.sale_line_no
JOIN documents ON documents.number = sale.order_number AND documents.kind = 'sale'
WHERE documents.known_fingerprint IS NOT NULL
    AND NOT EXISTS (SELECT FROM outcomes WHERE outcomes.line_no = matches.line_no)
""")


async def judge_lines(connection: AsyncConnection, rules: Judgment) -> None:
    """Line by line, then as documents. What is left of the cancellations can be matched."""
    await connection.execute(_OUTCOMES)
    await connection.execute(text(_JUDGE_LINES), {"zero_price": rules.zero_price})
    await connection.execute(text("ANALYZE outcomes"))
    await connection.execute(
        _DOCUMENTS,
        {"ships": rules.ships, "source_key": rules.source_key, "number_prefix": rules.number_prefix},
    )
    for statement in _INDEX_DOCUMENTS:
        await connection.exec_driver_sql(statement)
    await connection.execute(text("ANALYZE documents"))
    await connection.execute(_JUDGE_DOCUMENTS)


async def judge_matches(connection: AsyncConnection) -> None:
    """After the matching: what found no sale, and what an earlier import has brought in."""
    await connection.execute(_JUDGE_UNMATCHED)
    await connection.execute(_JUDGE_KNOWN)
    await connection.execute(_JUDGE_LATE)
    await connection.execute(text("ANALYZE outcomes"))
