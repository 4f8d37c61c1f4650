"""When a feed was last copied as a whole; and a full run beside one of what has changed, which it gives way to."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
RUNNING = "status = 'RUNNING'"


def upgrade() -> None:
    op.add_column("sync_cursors", sa.Column("full_at", TIME, server_default=sa.text("now()"), nullable=False))
    op.add_column("sync_runs", sa.Column("wanted_at", TIME, nullable=True))
    _one_running(["source_key", "feed", "mode"])


def downgrade() -> None:
    op.execute(f"DELETE FROM sync_runs WHERE {RUNNING} AND mode = 'FULL'")  # noqa: S608 - a constant
    _one_running(["source_key", "feed"])
    op.drop_column("sync_runs", "wanted_at")
    op.drop_column("sync_cursors", "full_at")


def _one_running(of: list[str]) -> None:
    name = "uq_sync_runs_running"
    op.drop_index(name, "sync_runs")
    op.create_index(name, "sync_runs", of, unique=True, postgresql_where=sa.text(RUNNING))
