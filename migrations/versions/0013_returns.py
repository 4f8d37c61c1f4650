"""What the lines of a return are worth by component, where they arrived, and what exchanged goods cost with tax."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_AMOUNTS = {
    "returns": ("shipping_minor",),
    "return_lines": ("item_minor", "tax_minor"),
    "exchange_lines": ("discount_minor", "tax_minor"),
}
# In proportion to units; the first line takes what rounding left, so that the lines of a return sum up to its refund.
_SPREAD = """
WITH counted AS (
    SELECT line.id, line.return_id, line.quantity - coalesce(sum(verdict.quantity), 0) AS units,
           row_number() OVER (PARTITION BY line.return_id ORDER BY line.id) AS place,
           order_line.total_minor, order_line.tax_minor, greatest(1, order_line.ordered - order_line.canceled) AS live
      FROM return_lines line
      JOIN order_lines order_line ON order_line.id = line.order_line_id
      LEFT JOIN return_dispositions verdict ON verdict.return_line_id = line.id AND verdict.disposition = 'MISSING'
     GROUP BY line.id, order_line.id),
worth AS (
    SELECT id, return_id, place, div(tax_minor * units, live) AS tax, div((total_minor - tax_minor) * units, live) AS item
      FROM counted),
summed AS (SELECT return_id, sum(item + tax) AS total FROM worth GROUP BY return_id)
UPDATE return_lines line
   SET tax_minor = worth.tax,
       item_minor = worth.item + CASE WHEN place = 1 THEN greatest(-worth.item, returned.refund_minor - summed.total)
                                      ELSE 0 END
  FROM worth JOIN summed ON summed.return_id = worth.return_id JOIN returns returned ON returned.id = worth.return_id
 WHERE line.id = worth.id
"""


def upgrade() -> None:
    op.add_column("returns", sa.Column("location_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_returns_location_id"), "returns", "locations", ["location_id"], ["id"])
    for table, columns in _AMOUNTS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.BigInteger(), server_default=sa.text("0"), nullable=False))
            op.create_check_constraint(op.f(f"ck_{table}_{column}_not_negative"), table, f"{column} >= 0")
    op.execute(_SPREAD)


def downgrade() -> None:
    for table, columns in _AMOUNTS.items():
        for column in columns:
            op.drop_column(table, column)
    op.drop_column("returns", "location_id")
