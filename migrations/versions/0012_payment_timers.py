"""Finds a payment by its gateway's reference, holds that have lapsed, and requests that nobody answered."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        op.f("ix_payments_gateway_reference"),
        "payments",
        ["gateway_reference"],
        postgresql_where=sa.text("gateway_reference IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_payments_authorization_expires_at"),
        "payments",
        ["authorization_expires_at"],
        postgresql_where=sa.text("authorization_expires_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_payment_transactions_at"),
        "payment_transactions",
        ["at"],
        postgresql_where=sa.text("status IN ('PENDING', 'UNKNOWN')"),
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_payment_transactions_at"), table_name="payment_transactions")
    op.drop_index(op.f("ix_payments_authorization_expires_at"), table_name="payments")
    op.drop_index(op.f("ix_payments_gateway_reference"), table_name="payments")
