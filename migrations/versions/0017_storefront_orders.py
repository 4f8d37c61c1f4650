"""What was last seen of an order at the storefront that it came from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_references", sa.Column("seen_version_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order_references", sa.Column("seen", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_order_references_seen_has_version"), "order_references", "(seen IS NULL) = (seen_version_at IS NULL)"
    )


def downgrade() -> None:
    op.drop_column("order_references", "seen")
    op.drop_column("order_references", "seen_version_at")
