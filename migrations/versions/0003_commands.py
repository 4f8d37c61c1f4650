"""Commands: their stored answers, what orders promise where, images in the event log, and payments' tokens."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("caller", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("mutation", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("caller", "idempotency_key", name=op.f("pk_commands")),
    )
    op.create_index(op.f("ix_commands_at"), "commands", ["at"])
    op.add_column("orders", sa.Column("held_from", sa.Text(), nullable=True))
    op.add_column("reservation_lines", sa.Column("order_line_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_reservation_lines_order_line_id"),
        "reservation_lines",
        "order_lines",
        ["order_line_id"],
        ["id"],
    )
    op.create_index(
        op.f("ix_reservation_lines_order_line_id"),
        "reservation_lines",
        ["order_line_id"],
        postgresql_where=sa.text("order_line_id IS NOT NULL"),
    )
    op.add_column("events", sa.Column("images", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("payments", sa.Column("method_token", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("gateway_reference", sa.Text(), nullable=True))
    op.add_column("payments", sa.Column("authorization_expires_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "payment_transactions", sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("payment_transactions", "attempts")
    op.drop_column("payments", "authorization_expires_at")
    op.drop_column("payments", "gateway_reference")
    op.drop_column("payments", "method_token")
    op.drop_column("events", "images")
    op.drop_column("reservation_lines", "order_line_id")
    op.drop_column("orders", "held_from")
    op.drop_table("commands")
