"""What other systems call a product; and orders that wait for supply, found by SKU."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_references",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_product_references_product_id")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_product_references_source_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_references")),
        sa.UniqueConstraint("source_key", "external_id", name=op.f("uq_product_references_source_key_external_id")),
    )
    op.create_index(op.f("ix_product_references_product_id_id"), "product_references", ["product_id", "id"])
    op.create_index(
        "ix_order_lines_waiting", "order_lines", ["sku", "order_id"], postgresql_where=sa.text("backordered > 0")
    )


def downgrade() -> None:
    op.drop_index("ix_order_lines_waiting", "order_lines")
    op.drop_table("product_references")
