"""Imports of order history: runs, rejected lines, documents already in the store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_fingerprint", sa.Text(), nullable=False),
        sa.Column("mapping_fingerprint", sa.Text(), nullable=False),
        sa.Column(
            "phase",
            sa.Enum(
                "STAGING",
                "JUDGING",
                "LOADING",
                "COMPLETE",
                name="import_phase",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("report", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(phase = 'COMPLETE') = (completed_at IS NOT NULL)", name=op.f("ck_import_runs_complete_has_time")
        ),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_import_runs_source_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_index(
        "uq_import_runs_unfinished",
        "import_runs",
        ["file_fingerprint", "mapping_fingerprint"],
        unique=True,
        postgresql_where=sa.text("phase <> 'COMPLETE'"),
    )
    op.create_table(
        "import_documents",
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name=op.f("fk_import_documents_run_id")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_import_documents_source_key")),
        sa.PrimaryKeyConstraint("source_key", "number", name=op.f("pk_import_documents")),
    )
    op.create_table(
        "import_rejects",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("row", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["import_runs.id"], name=op.f("fk_import_rejects_run_id")),
        sa.PrimaryKeyConstraint("run_id", "file_name", "row_number", name=op.f("pk_import_rejects")),
    )


def downgrade() -> None:
    op.drop_table("import_rejects")
    op.drop_table("import_documents")
    op.drop_index(
        "uq_import_runs_unfinished", table_name="import_runs", postgresql_where=sa.text("phase <> 'COMPLETE'")
    )
    op.drop_table("import_runs")
