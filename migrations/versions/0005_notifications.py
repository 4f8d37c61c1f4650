"""Notifications to customers."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KINDS = ("ORDER_CONFIRMED", "SHIPPED", "DELIVERED", "REFUNDED")
STATUSES = ("SENDING", "SENT", "SKIPPED", "REFUSED")


def upgrade() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("kind", _word("notification_kind", KINDS), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("status", _word("notification_status", STATUSES), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'SENT') = (sent_at IS NOT NULL)", name=op.f("ck_notifications_sent_has_time")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_notifications_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_notifications_kind_subject_id")),
    )
    op.create_index(
        op.f("ix_notifications_order_id_created_at_id"), "notifications", ["order_id", "created_at", "id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("notifications")


def _word(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)
