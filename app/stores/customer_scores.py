"""Recomputes customers' RFM scores and the segments that follow from them, each as a whole.

Ranked are customers with at least one order that was sold: whose state is none of NEVER_SOLD (`app/domain/order.py`).

- recency: their newest such order, `placed_at`
- frequency: the number of such orders
- monetary: what they paid net of refunds. Currencies are not converted, since the rate would be ours: a customer is
  ranked by the currency that most of their orders use (then by its code), among customers of that same currency.

A quintile is ceil(5 × rank / customers), where customers who tie share the middle of their ranks: equal customers get
equal quintiles, and where most ordered once, one order puts nobody among the loyal. Without ties it is PostgreSQL's
ntile(5) whenever five divides the number of customers.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.analytics.rfm import BUSINESS_SEGMENT, LABELS, all_labels
from app.domain.order import NEVER_SOLD

_SEGMENTS = text("""
INSERT INTO segments (key, name)
SELECT key, name FROM unnest(CAST(:keys AS text[]), CAST(:names AS text[])) AS wanted (key, name)
ON CONFLICT (key) DO UPDATE SET name = excluded.name WHERE segments.name <> excluded.name
""")

_CLEAR = tuple(text(f"DELETE FROM {table}") for table in ("segment_members", "customer_scores"))  # noqa: S608

_SCORES = text("""
WITH counted AS (
    SELECT customer_id, currency, placed_at, paid_minor - refunded_minor AS net_minor
    FROM orders
    WHERE customer_id IS NOT NULL AND status <> ALL (CAST(:never_sold AS text[]))
), by_currency AS (
    SELECT customer_id, currency, count(*) AS orders, max(placed_at) AS last_at, sum(net_minor) AS net_minor
    FROM counted
    GROUP BY customer_id, currency
), main_currency AS (
    SELECT DISTINCT ON (customer_id) customer_id, currency, net_minor
    FROM by_currency
    ORDER BY customer_id, orders DESC, currency
), customer AS (
    SELECT customer_id, main.currency, main.net_minor, sum(by_currency.orders) AS orders, max(last_at) AS last_at
    FROM by_currency
    JOIN main_currency AS main USING (customer_id)
    GROUP BY customer_id, main.currency, main.net_minor
), ranked AS (
    SELECT
        customer_id,
        count(*) OVER () AS customers,
        count(*) OVER (PARTITION BY currency) AS customers_of_currency,
        -- The first rank of those who tie plus their last: twice the middle, so that it stays whole.
        rank() OVER by_recency + count(*) OVER by_recency AS recency_rank_twice,
        rank() OVER by_frequency + count(*) OVER by_frequency AS frequency_rank_twice,
        rank() OVER by_monetary + count(*) OVER by_monetary AS monetary_rank_twice
    FROM customer
    WINDOW
        by_recency AS (ORDER BY last_at),
        by_frequency AS (ORDER BY orders),
        by_monetary AS (PARTITION BY currency ORDER BY net_minor)
), scored AS (
    SELECT
        customer_id,
        (5 * recency_rank_twice + 2 * customers - 1) / (2 * customers) AS recency,
        (5 * frequency_rank_twice + 2 * customers - 1) / (2 * customers) AS frequency,
        (5 * monetary_rank_twice + 2 * customers_of_currency - 1) / (2 * customers_of_currency) AS monetary
    FROM ranked
)
INSERT INTO customer_scores (customer_id, recency, frequency, monetary, label, computed_at)
SELECT customer_id, recency, frequency, monetary, labels.key, :at
FROM scored
JOIN unnest(
    CAST(:recency AS integer[]), CAST(:frequency AS integer[]), CAST(:monetary AS integer[]), CAST(:labels AS text[])
) AS labels (recency, frequency, monetary, key) USING (recency, frequency, monetary)
""")

_MEMBERS = text("""
INSERT INTO segment_members (segment_id, customer_id)
SELECT segments.id, customer_scores.customer_id
FROM customer_scores
JOIN segments ON segments.key = customer_scores.label
UNION ALL
SELECT segments.id, customers.id
FROM customers
JOIN segments ON segments.key = :business
WHERE customers.kind = 'ORGANIZATION' AND customers.merged_into_id IS NULL
""")


async def refresh_customer_scores(connection: AsyncConnection, at: datetime) -> None:
    """Inside the connection's transaction. Repeating it changes `computed_at` alone."""
    segments = [*((label.key, label.name) for label in LABELS), BUSINESS_SEGMENT]
    await connection.execute(_SEGMENTS, {"keys": [key for key, _ in segments], "names": [name for _, name in segments]})
    for statement in _CLEAR:
        await connection.execute(statement)
    labels = all_labels()
    recency, frequency, monetary = (list(column) for column in zip(*labels, strict=True))
    await connection.execute(
        _SCORES,
        {
            "at": at,
            "never_sold": list(NEVER_SOLD),
            "recency": recency,
            "frequency": frequency,
            "monetary": monetary,
            "labels": [label.key for label in labels.values()],
        },
    )
    await connection.execute(_MEMBERS, {"business": BUSINESS_SEGMENT[0]})
