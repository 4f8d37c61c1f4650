"""Indexes for lists that had to read a whole table."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = (
    ("customers", ("kind", "created_at", "id")),
    ("match_proposals", ("score", "id")),
    ("order_exceptions", ("raised_at", "id")),
    ("orders", ("fulfillment_status", "placed_at", "id")),
    ("orders", ("payment_status", "placed_at", "id")),
    ("orders", ("return_status", "placed_at", "id")),
)


def upgrade() -> None:
    for table, columns in INDEXES:
        op.create_index(_name(table, columns), table, columns)


def downgrade() -> None:
    for table, columns in INDEXES:
        op.drop_index(_name(table, columns), table_name=table)


def _name(table: str, columns: tuple[str, ...]) -> str:
    return "_".join(("ix", table, *columns))
