"""Orders of guests, found by the e-mail address that they were placed under."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

NAME = "ix_orders_guest_email"


def upgrade() -> None:
    of_guests = sa.text("customer_id IS NULL")
    op.create_index(NAME, "orders", [sa.text("lower(contact_email)")], postgresql_where=of_guests)


def downgrade() -> None:
    op.drop_index(NAME, "orders")
