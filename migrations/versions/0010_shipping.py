"""What buying, voiding and tracking of labels has to remember; when scheduled fulfillment orders open."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
COLUMNS = {
    "label_asked_at": TIME,
    "cancel_asked_at": TIME,
    "refused_because": sa.Text(),
    "given_up_at": TIME,
    "tracked_at": TIME,
}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("shipments", sa.Column(name, kind, nullable=True))
    op.create_index("ix_shipments_status_tracked_at", "shipments", ["status", "tracked_at"])
    op.add_column("fulfillment_orders", sa.Column("opens_at", TIME, nullable=True))


def downgrade() -> None:
    op.drop_column("fulfillment_orders", "opens_at")
    op.drop_index("ix_shipments_status_tracked_at", "shipments")
    for name in reversed(COLUMNS):
        op.drop_column("shipments", name)
