"""The cache of what was read from outside systems, shared by all processes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source_readings",
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSON(astext_type=sa.Text()), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source_key", "external_id", "question", name=op.f("pk_source_readings")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_source_readings_age", "source_readings", [sa.text("coalesce(as_of, claimed_until)")])
    op.create_table(
        "source_changes",
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source_key", "external_id", name=op.f("pk_source_changes")),
        prefixes=["UNLOGGED"],
    )
    op.create_index(op.f("ix_source_changes_told_at"), "source_changes", ["told_at"], unique=False)


def downgrade() -> None:
    op.drop_table("source_changes")
    op.drop_table("source_readings")
