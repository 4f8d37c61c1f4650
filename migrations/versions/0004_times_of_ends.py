"""What has ended says when: completed orders, closed returns, decided match proposals."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHECKS = (
    ("orders", "completed_has_time", "(status = 'COMPLETED') = (completed_at IS NOT NULL)"),
    ("returns", "closed_has_time", "(status = 'CLOSED') = (closed_at IS NOT NULL)"),
    ("match_proposals", "decided_has_time", "(status <> 'OPEN') = (decided_at IS NOT NULL)"),
)


def upgrade() -> None:
    for table, name, condition in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)


def downgrade() -> None:
    for table, name, _ in CHECKS:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
