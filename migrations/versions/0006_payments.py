"""What refunds are for, what was let go of, and who is asking the gateway."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refund_parts",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=True),
        sa.Column(
            "component",
            sa.Enum(
                "ITEM",
                "TAX",
                "SHIPPING",
                "ADJUSTMENT",
                name="refund_component",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_refund_parts_amount_minor_not_negative")),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_refund_parts_quantity_not_negative")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_refund_parts_order_line_id")),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["payment_transactions.id"], name=op.f("fk_refund_parts_transaction_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_parts")),
    )
    op.create_index(op.f("ix_refund_parts_transaction_id"), "refund_parts", ["transaction_id"])
    op.create_index(
        op.f("ix_refund_parts_order_line_id"),
        "refund_parts",
        ["order_line_id"],
        postgresql_where=sa.text("order_line_id IS NOT NULL"),
    )
    op.add_column("payments", sa.Column("released_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("payment_transactions", sa.Column("is_final", sa.Boolean(), nullable=True))
    op.add_column("payment_transactions", sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE payments SET released_minor = authorized_minor - captured_minor"
        " WHERE status NOT IN ('AUTHORIZED', 'PARTIALLY_CAPTURED')"
    )
    op.execute(
        "INSERT INTO refund_parts (transaction_id, component, amount_minor)"
        " SELECT id, 'ADJUSTMENT', amount_minor FROM payment_transactions WHERE kind = 'REFUND'"
    )
    op.create_check_constraint(op.f("ck_payments_released_minor_not_negative"), "payments", "released_minor >= 0")
    op.create_check_constraint(
        op.f("ck_payments_released_within_authorized"),
        "payments",
        "captured_minor + released_minor <= authorized_minor",
    )


def downgrade() -> None:
    op.drop_column("payment_transactions", "leased_until")
    op.drop_column("payment_transactions", "is_final")
    op.drop_column("payments", "released_minor")
    op.drop_table("refund_parts")
