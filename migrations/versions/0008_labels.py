"""Labels that carriers drew."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shipment_labels",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("carrier_reference", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_labels_shipment_id")),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_shipment_labels")),
        sa.UniqueConstraint("secret", name=op.f("uq_shipment_labels_secret")),
    )


def downgrade() -> None:
    op.drop_table("shipment_labels")
