"""What will be loaded: sale lines with their final counters, and what each matched cancellation does to its order."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.stores.order_import.matches import DISCOUNT_MINOR


@dataclass(frozen=True, slots=True)
class EffectRules:
    number_prefix: str
    cancel_within: timedelta
    """Before that nothing was shipped yet: the units are canceled, not returned."""
    charges: tuple[str, ...]
    """Codes that are no article; a `*` at the end makes one a prefix."""
    batch_lines: int


_EFFECTS = text("""
CREATE TABLE effects AS
SELECT matches.sale_line_no, matches.quantity, documents.ordinal, cancellation.order_number AS document,
    cancellation.placed_at AS at,
    CASE
        WHEN documents.is_open THEN 'CANCEL'
        WHEN cancellation.placed_at < sale.placed_at + CAST(:cancel_within AS interval)
            AND cancellation.unit_price = sale.unit_price AND coalesce(sale.discount_rate, sale.discount, 0) = 0
            THEN 'CANCEL'
        ELSE 'RETURN'
    END AS kind,
    matches.quantity * matches.unit_price_minor AS amount_minor,
    matches.quantity * (sale.unit_price * sale.minor_factor)::bigint AS sale_amount_minor
FROM matches
JOIN lines AS sale ON sale.line_no = matches.sale_line_no
JOIN lines AS cancellation ON cancellation.line_no = matches.line_no
JOIN documents ON documents.number = sale.order_number AND documents.kind = 'sale'
WHERE NOT EXISTS (SELECT FROM outcomes WHERE outcomes.line_no = matches.line_no)
""")

_SALE_LINES = text(f"""
CREATE TABLE sale_lines AS
SELECT documents.ordinal, row_number() OVER (PARTITION BY documents.ordinal ORDER BY line_no) AS position,
    uuidv7() AS id, line_no, sku, title, quantity, (unit_price * minor_factor)::bigint AS unit_minor,
    ({DISCOUNT_MINOR})::bigint AS discount_minor,
    coalesce(taken.canceled, 0) AS canceled, coalesce(taken.returned, 0) AS returned
FROM lines
JOIN documents ON documents.number = lines.order_number AND documents.kind = lines.kind
LEFT JOIN (
    SELECT sale_line_no, sum(quantity) FILTER (WHERE kind = 'CANCEL') AS canceled,
        sum(quantity) FILTER (WHERE kind = 'RETURN') AS returned
    FROM effects GROUP BY sale_line_no
) AS taken ON taken.sale_line_no = lines.line_no
WHERE lines.kind = 'sale' AND NOT EXISTS (SELECT FROM outcomes WHERE outcomes.line_no = lines.line_no)
ORDER BY documents.ordinal, line_no
""")  # noqa: S608 - made of a constant

_CHANGES = text("""
CREATE TABLE changes AS
SELECT *, uuidv7() AS id, uuidv7() AS return_id,
    CAST(:number_prefix AS text) || document
        || CASE WHEN place = 1 THEN '' ELSE '-' || place END AS return_number
FROM (
    SELECT ordinal, document, kind, min(at) AS at, sum(amount_minor) AS amount_minor,
        sum(sale_amount_minor) AS sale_amount_minor,
        row_number() OVER (PARTITION BY document, kind ORDER BY ordinal) AS place
    FROM effects GROUP BY ordinal, document, kind
) AS change
""")

_ARTICLES = text("""
CREATE TABLE articles AS
SELECT sku, coalesce(mode() WITHIN GROUP (ORDER BY title), sku) AS title,
    sku LIKE ANY (CAST(:charges AS text[])) AS is_charge
FROM sale_lines GROUP BY sku
""")

_PARTIES = text("""
CREATE TABLE parties AS
SELECT DISTINCT ON (customer_id) customer_id AS external_id, uuidv7() AS id, lines.placed_at AS observed_at,
    customer_name, customer_given_name, customer_family_name, customer_company, customer_phone,
    CASE WHEN position('@' IN customer_email) > 1 THEN customer_email END AS email,
    customer_line1, customer_city, customer_region, customer_postal_code, customer_country
FROM lines
JOIN sale_lines USING (line_no)
WHERE customer_id IS NOT NULL
ORDER BY customer_id, lines.placed_at DESC, line_no DESC
""")

_BATCHES = text("""
CREATE TABLE batches AS
SELECT batch_no, min(ordinal) AS first_ordinal, max(ordinal) AS last_ordinal, sum(line_count)::bigint AS line_count,
    false AS is_done
FROM (
    SELECT ordinal, count(*) AS line_count,
        (sum(count(*)) OVER (ORDER BY ordinal) / CAST(:batch_lines AS bigint))::integer AS batch_no
    FROM sale_lines GROUP BY ordinal
) AS document
GROUP BY batch_no
""")

_INDEXES = (
    "CREATE INDEX ON sale_lines (ordinal)",
    "CREATE UNIQUE INDEX ON sale_lines (line_no)",
    "CREATE INDEX ON effects (ordinal)",
    "CREATE INDEX ON changes (ordinal)",
    "CREATE UNIQUE INDEX ON articles (sku)",
)
_LOADED = ("sale_lines", "effects", "changes", "articles", "parties", "batches")


async def derive_effects(connection: AsyncConnection, rules: EffectRules) -> None:
    await connection.execute(_EFFECTS, {"cancel_within": rules.cancel_within})
    await connection.execute(text("ANALYZE effects"))
    await connection.execute(_SALE_LINES)
    await connection.execute(_CHANGES, {"number_prefix": rules.number_prefix})
    await connection.execute(_ARTICLES, {"charges": [like_pattern(charge) for charge in rules.charges]})
    await connection.execute(_PARTIES)
    await connection.execute(_BATCHES, {"batch_lines": rules.batch_lines})
    for statement in _INDEXES:
        await connection.exec_driver_sql(statement)
    for table in _LOADED:
        await connection.exec_driver_sql(f"ANALYZE {table}")


def like_pattern(code: str) -> str:
    """`gift_*` reads gift\\_%; every other code only itself."""
    is_prefix = code.endswith("*")
    literal = code.removesuffix("*").replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return literal + ("%" if is_prefix else "")
