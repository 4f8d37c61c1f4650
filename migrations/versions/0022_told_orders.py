"""Of which orders somebody was told that an event about them could not be taken over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ids = postgresql.ARRAY(sa.Uuid())
    op.add_column("webhook_deliveries", sa.Column("order_ids", ids, server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("webhook_deliveries", "order_ids")
