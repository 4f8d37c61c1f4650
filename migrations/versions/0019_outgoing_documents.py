"""Documents that other systems are told: what was asked, what came of it, and what a person has to decide."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KINDS = ("ORDERS", "SHIPMENTS", "RETURNS", "INVOICES", "STOCK", "CASES", "ANALYTICS")


def upgrade() -> None:
    op.create_table(
        "outgoing_documents",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                *_KINDS, name=op.f("ck_outgoing_documents_push"), native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("content", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(given_up_at IS NULL) = (reason IS NULL)", name=op.f("ck_outgoing_documents_given_up_has_reason")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_outgoing_documents_order_id")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_outgoing_documents_source_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_documents")),
        sa.UniqueConstraint(
            "source_key", "kind", "subject_id", name=op.f("uq_outgoing_documents_source_key_kind_subject_id")
        ),
    )
    op.create_index(
        op.f("ix_outgoing_documents_order_id"), "outgoing_documents", ["order_id"],
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )  # fmt: skip
    op.create_index(
        "ix_outgoing_documents_unwritten", "outgoing_documents", ["source_key", "id"],
        postgresql_where=sa.text("written_at IS NULL"),
    )  # fmt: skip
    op.create_index(
        op.f("ix_outgoing_documents_given_up_at"), "outgoing_documents", ["given_up_at"],
        postgresql_where=sa.text("given_up_at IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    op.drop_table("outgoing_documents")
