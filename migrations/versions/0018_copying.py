"""Copying from sources: runs, cursors, records and refusals; and events in the inbox by what they are about."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COUNTS = ("pages", "read", "created", "changed", "unchanged", "gone", "refused")
TIME = sa.DateTime(timezone=True)
WAITING = "processed_at IS NULL AND failed_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column(
            "mode",
            sa.Enum("INCREMENTAL", "FULL", name="sync_mode", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "RUNNING", "DONE", "FAILED", name="sync_status", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("cursor", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False) for name in COUNTS),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("is_held", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("heartbeat_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", TIME, nullable=True),
        *(sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_sync_runs_{name}_not_negative")) for name in COUNTS),
        sa.CheckConstraint("(status <> 'RUNNING') = (ended_at IS NOT NULL)", name=op.f("ck_sync_runs_ended_has_time")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_sync_runs_source_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
    )
    op.create_index(
        "uq_sync_runs_running",
        "sync_runs",
        ["source_key", "feed"],
        unique=True,
        postgresql_where=sa.text("status = 'RUNNING'"),
    )
    op.create_index(op.f("ix_sync_runs_source_key_feed_started_at"), "sync_runs", ["source_key", "feed", "started_at"])
    op.create_table(
        "sync_cursors",
        *_of_feed("sync_cursors"),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("synced_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("source_key", "feed", name=op.f("pk_sync_cursors")),
    )
    op.create_table(
        "synced_records",
        *_of_feed("synced_records"),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.Column("seen_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("gone_at", TIME, nullable=True),
        sa.PrimaryKeyConstraint("source_key", "feed", "external_id", name=op.f("pk_synced_records")),
    )
    op.create_table(
        "sync_refusals",
        *_of_feed("sync_refusals"),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("refused_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("source_key", "feed", "external_id", name=op.f("pk_sync_refusals")),
    )
    _webhooks()


def _of_feed(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f(f"fk_{table}_source_key")),
    )


def _webhooks() -> None:
    table = "webhook_deliveries"
    op.add_column(table, sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column(table, sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column(table, sa.Column("failed_at", TIME, nullable=True))
    op.add_column(table, sa.Column("failure", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_webhook_deliveries_failed_has_reason"), table, "(failed_at IS NULL) = (failure IS NULL)"
    )
    op.create_check_constraint(
        op.f("ck_webhook_deliveries_failed_or_processed"), table, "failed_at IS NULL OR processed_at IS NULL"
    )
    op.create_index(
        "ix_webhook_deliveries_waiting",
        table,
        ["source_key", "subject", "sent_at"],
        postgresql_where=sa.text(WAITING),
    )
    op.create_index(
        "ix_webhook_deliveries_failed", table, ["failed_at"], postgresql_where=sa.text("failed_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_webhook_deliveries_failed", "webhook_deliveries")
    op.drop_index("ix_webhook_deliveries_waiting", "webhook_deliveries")
    for name in ("failed_or_processed", "failed_has_reason"):
        op.drop_constraint(op.f(f"ck_webhook_deliveries_{name}"), "webhook_deliveries")
    for name in ("failure", "failed_at", "attempts", "subject"):
        op.drop_column("webhook_deliveries", name)
    for name in ("sync_refusals", "synced_records", "sync_cursors", "sync_runs"):
        op.drop_table(name)
