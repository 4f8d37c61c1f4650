"""A line of a fulfillment order may be left with nothing: all its units were canceled."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_fulfillment_order_lines_quantity_positive"), "fulfillment_order_lines")
    op.create_check_constraint(
        op.f("ck_fulfillment_order_lines_quantity_not_negative"), "fulfillment_order_lines", "quantity >= 0"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_fulfillment_order_lines_quantity_not_negative"), "fulfillment_order_lines")
    op.create_check_constraint(
        op.f("ck_fulfillment_order_lines_quantity_positive"), "fulfillment_order_lines", "quantity > 0"
    )
