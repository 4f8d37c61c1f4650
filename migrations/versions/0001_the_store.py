"""The store: customers, orders, stock, payments, fulfillment, returns, the event log and the imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE SEQUENCE customer_numbers START 100001")
    op.execute("CREATE SEQUENCE order_numbers START 1001")
    op.create_table(
        "events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("subject_type", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "CUSTOMER",
                "AGENT",
                "PARTNER",
                "SYSTEM",
                "CONNECTOR",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.CheckConstraint("sequence > 0", name=op.f("ck_events_sequence_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("position", name=op.f("uq_events_position")),
        sa.UniqueConstraint("subject_id", "sequence", name=op.f("uq_events_subject_id_sequence")),
    )
    op.create_index(op.f("ix_events_subject_id_position"), "events", ["subject_id", "position"], unique=False)
    op.create_index(op.f("ix_events_type_position"), "events", ["type", "position"], unique=False)
    op.create_table(
        "locations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "WAREHOUSE",
                "STORE",
                "THIRD_PARTY",
                "SUPPLIER",
                name="location_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("daily_capacity", sa.Integer(), nullable=True),
        sa.Column("priority", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("daily_capacity >= 0", name=op.f("ck_locations_daily_capacity_not_negative")),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_locations_on_earth")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("key", name=op.f("uq_locations_key")),
    )
    op.create_table(
        "match_proposals",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "OPEN",
                "ACCEPTED",
                "REJECTED",
                name="match_proposal_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status <> 'OPEN') = (decided_at IS NOT NULL)", name=op.f("ck_match_proposals_decided_has_time")
        ),
        sa.CheckConstraint("score BETWEEN 0 AND 1", name=op.f("ck_match_proposals_score_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_proposals")),
    )
    op.create_index(op.f("ix_match_proposals_score_id"), "match_proposals", ["score", "id"], unique=False)
    op.create_index(
        op.f("ix_match_proposals_status_score_id"), "match_proposals", ["status", "score", "id"], unique=False
    )
    op.create_table(
        "products",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("search_text", sa.Text(), sa.Computed("lower(sku || ' ' || title)", persisted=True), nullable=False),
        sa.CheckConstraint("(price_minor IS NULL) = (currency IS NULL)", name=op.f("ck_products_price_has_currency")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_products_price_minor_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("sku", name=op.f("uq_products_sku")),
    )
    op.create_index(
        "ix_products_search_text",
        "products",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_table(
        "segments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("key", name=op.f("uq_segments_key")),
    )
    op.create_table(
        "sources",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "CRM",
                "ERP",
                "STOREFRONT",
                "PAYMENT",
                "CARRIER",
                "INVENTORY",
                "ANALYTICS",
                "INTERNAL",
                name="source_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sources")),
    )
    op.create_table(
        "connectors",
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("capabilities", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("last_sync_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_connectors_source_key")),
        sa.PrimaryKeyConstraint("source_key", name=op.f("pk_connectors")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "number", sa.Text(), server_default=sa.text("concat('C', nextval('customer_numbers'))"), nullable=False
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "PERSON", "ORGANIZATION", name="customer_kind", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("family_name", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("emails", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("phones", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("addresses", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("locale", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("carrier_key", sa.Text(), nullable=True),
        sa.Column("pickup_location_id", sa.Uuid(), nullable=True),
        sa.Column("shipping_method", sa.Text(), nullable=True),
        sa.Column("allow_split_shipments", sa.Boolean(), nullable=True),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "search_text",
            sa.Text(),
            sa.Computed(
                "lower(number || ' ' || display_name || ' ' || coalesce(company, '') || ' ' || coalesce(email, '') || ' ' || coalesce(phone, ''))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("merged_into_id <> id", name=op.f("ck_customers_not_merged_into_itself")),
        sa.ForeignKeyConstraint(["carrier_key"], ["sources.key"], name=op.f("fk_customers_carrier_key")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["customers.id"], name=op.f("fk_customers_merged_into_id")),
        sa.ForeignKeyConstraint(["pickup_location_id"], ["locations.id"], name=op.f("fk_customers_pickup_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("number", name=op.f("uq_customers_number")),
    )
    op.create_index(op.f("ix_customers_created_at_id"), "customers", ["created_at", "id"], unique=False)
    op.create_index(op.f("ix_customers_display_name_id"), "customers", ["display_name", "id"], unique=False)
    op.create_index("ix_customers_emails", "customers", ["emails"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_customers_kind_created_at_id"), "customers", ["kind", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_customers_merged_into_id"), "customers", ["merged_into_id"], unique=False)
    op.create_index("ix_customers_phones", "customers", ["phones"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_customers_search_text",
        "customers",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index("ix_customers_tags", "customers", ["tags"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_customers_updated_at_id"), "customers", ["updated_at", "id"], unique=False)
    op.create_table(
        "inventory_positions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("allocated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("unavailable", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("safety_stock", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("incoming", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("incoming_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reorder_point", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("allocated >= 0", name=op.f("ck_inventory_positions_allocated_not_negative")),
        sa.CheckConstraint("incoming >= 0", name=op.f("ck_inventory_positions_incoming_not_negative")),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_inventory_positions_on_hand_not_negative")),
        sa.CheckConstraint("reorder_point >= 0", name=op.f("ck_inventory_positions_reorder_point_not_negative")),
        sa.CheckConstraint(
            "reserved + allocated <= on_hand", name=op.f("ck_inventory_positions_promised_within_on_hand")
        ),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_inventory_positions_reserved_not_negative")),
        sa.CheckConstraint("safety_stock >= 0", name=op.f("ck_inventory_positions_safety_stock_not_negative")),
        sa.CheckConstraint("unavailable >= 0", name=op.f("ck_inventory_positions_unavailable_not_negative")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_inventory_positions_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_inventory_positions_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_positions")),
        sa.UniqueConstraint("product_id", "location_id", name=op.f("uq_inventory_positions_product_id_location_id")),
    )
    op.create_index(
        op.f("ix_inventory_positions_location_id_id"), "inventory_positions", ["location_id", "id"], unique=False
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "EMAIL",
                "SMS",
                "PHONE",
                "POST",
                name="consent_channel",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_consents_customer_id")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_consents_source_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint(
            "customer_id", "channel", "source_key", name=op.f("uq_consents_customer_id_channel_source_key")
        ),
    )
    op.create_table(
        "customer_scores",
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("recency", sa.Integer(), nullable=False),
        sa.Column("frequency", sa.Integer(), nullable=False),
        sa.Column("monetary", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("frequency BETWEEN 1 AND 5", name=op.f("ck_customer_scores_frequency_is_a_quintile")),
        sa.CheckConstraint("monetary BETWEEN 1 AND 5", name=op.f("ck_customer_scores_monetary_is_a_quintile")),
        sa.CheckConstraint("recency BETWEEN 1 AND 5", name=op.f("ck_customer_scores_recency_is_a_quintile")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_scores_customer_id")),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customer_scores")),
    )
    op.create_table(
        "customer_source_records",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("profile", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("record", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("linked_by", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "confidence BETWEEN 0 AND 1", name=op.f("ck_customer_source_records_confidence_is_a_probability")
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_customer_source_records_customer_id")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_customer_source_records_source_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_source_records")),
        sa.UniqueConstraint(
            "source_key", "external_id", name=op.f("uq_customer_source_records_source_key_external_id")
        ),
    )
    op.create_index(
        op.f("ix_customer_source_records_customer_id_linked_at_id"),
        "customer_source_records",
        ["customer_id", "linked_at", "id"],
        unique=False,
    )
    op.create_table(
        "inventory_movements",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("position_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "RECEIPT",
                "ADJUSTMENT",
                "RESERVE",
                "RELEASE",
                "ALLOCATE",
                "DEALLOCATE",
                "SHIP",
                "RETURN_RESTOCK",
                "TRANSFER_OUT",
                "TRANSFER_IN",
                "COUNT",
                name="movement_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("on_hand_delta", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved_delta", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("allocated_delta", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference_type", sa.Text(), nullable=True),
        sa.Column("reference_id", sa.Uuid(), nullable=True),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "CUSTOMER",
                "AGENT",
                "PARTNER",
                "SYSTEM",
                "CONNECTOR",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(reference_type IS NULL) = (reference_id IS NULL)", name=op.f("ck_inventory_movements_reference_is_whole")
        ),
        sa.ForeignKeyConstraint(
            ["position_id"], ["inventory_positions.id"], name=op.f("fk_inventory_movements_position_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inventory_movements")),
    )
    op.create_index(
        op.f("ix_inventory_movements_position_id_at_id"),
        "inventory_movements",
        ["position_id", "at", "id"],
        unique=False,
    )
    op.create_table(
        "match_proposal_customers",
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("position IN (1, 2)", name=op.f("ck_match_proposal_customers_two_sides")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customers.id"], name=op.f("fk_match_proposal_customers_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["match_proposals.id"], name=op.f("fk_match_proposal_customers_proposal_id")
        ),
        sa.PrimaryKeyConstraint("proposal_id", "customer_id", name=op.f("pk_match_proposal_customers")),
        sa.UniqueConstraint("proposal_id", "position", name=op.f("uq_match_proposal_customers_proposal_id_position")),
    )
    op.create_index(
        op.f("ix_match_proposal_customers_customer_id"), "match_proposal_customers", ["customer_id"], unique=False
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("number", sa.Text(), server_default=sa.text("nextval('order_numbers')::text"), nullable=False),
        sa.Column(
            "management",
            sa.Enum(
                "MANAGED", "UNMANAGED", name="order_management", native_enum=False, create_constraint=True, length=40
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "DRAFT",
                "PENDING",
                "ON_HOLD",
                "CONFIRMED",
                "PROCESSING",
                "COMPLETED",
                "CANCELED",
                "EXPIRED",
                name="order_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "fulfillment_status",
            sa.Enum(
                "UNFULFILLED",
                "BACKORDERED",
                "PARTIALLY_FULFILLED",
                "FULFILLED",
                "PARTIALLY_DELIVERED",
                "DELIVERED",
                name="order_fulfillment_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "payment_status",
            sa.Enum(
                "NOT_PAID",
                "AUTHORIZED",
                "PARTIALLY_PAID",
                "PAID",
                "PARTIALLY_REFUNDED",
                "REFUNDED",
                "VOIDED",
                "BALANCE_DUE",
                "CREDIT_OWED",
                name="order_payment_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "return_status",
            sa.Enum(
                "NONE",
                "REQUESTED",
                "IN_PROGRESS",
                "PARTIALLY_RETURNED",
                "RETURNED",
                name="order_return_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("shipping_address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("billing_address", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("shipping_method", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("subtotal_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("credited_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("canceled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_delivery_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("metadata", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column(
            "search_text",
            sa.Text(),
            sa.Computed(
                "lower(number || ' ' || channel || ' ' || coalesce(contact_name, '') || ' ' || coalesce(contact_email, ''))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'COMPLETED') = (completed_at IS NOT NULL)", name=op.f("ck_orders_completed_has_time")
        ),
        sa.CheckConstraint(
            "(status = 'CANCELED') = (canceled_at IS NOT NULL)", name=op.f("ck_orders_canceled_has_time")
        ),
        sa.CheckConstraint("discount_minor >= 0", name=op.f("ck_orders_discount_minor_not_negative")),
        sa.CheckConstraint("paid_minor >= 0", name=op.f("ck_orders_paid_minor_not_negative")),
        sa.CheckConstraint("refunded_minor <= paid_minor", name=op.f("ck_orders_refunded_within_paid")),
        sa.CheckConstraint("refunded_minor >= 0", name=op.f("ck_orders_refunded_minor_not_negative")),
        sa.CheckConstraint("credited_minor >= 0", name=op.f("ck_orders_credited_minor_not_negative")),
        sa.CheckConstraint("shipping_minor >= 0", name=op.f("ck_orders_shipping_minor_not_negative")),
        sa.CheckConstraint("tax_minor >= 0", name=op.f("ck_orders_tax_minor_not_negative")),
        sa.CheckConstraint(
            "total_minor = subtotal_minor - discount_minor + shipping_minor + tax_minor",
            name=op.f("ck_orders_total_adds_up"),
        ),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_orders_customer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_orders_number")),
    )
    op.create_index(op.f("ix_orders_channel_placed_at_id"), "orders", ["channel", "placed_at", "id"], unique=False)
    op.create_index(
        op.f("ix_orders_customer_id_placed_at_id"), "orders", ["customer_id", "placed_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_orders_fulfillment_status_placed_at_id"),
        "orders",
        ["fulfillment_status", "placed_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_orders_payment_status_placed_at_id"), "orders", ["payment_status", "placed_at", "id"], unique=False
    )
    op.create_index(op.f("ix_orders_placed_at_id"), "orders", ["placed_at", "id"], unique=False)
    op.create_index(
        op.f("ix_orders_return_status_placed_at_id"), "orders", ["return_status", "placed_at", "id"], unique=False
    )
    op.create_index(
        "ix_orders_search_text",
        "orders",
        ["search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.create_index(op.f("ix_orders_status_placed_at_id"), "orders", ["status", "placed_at", "id"], unique=False)
    op.create_index(op.f("ix_orders_total_minor_id"), "orders", ["total_minor", "id"], unique=False)
    op.create_index(op.f("ix_orders_updated_at_id"), "orders", ["updated_at", "id"], unique=False)
    op.create_table(
        "segment_members",
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_segment_members_customer_id")),
        sa.ForeignKeyConstraint(["segment_id"], ["segments.id"], name=op.f("fk_segment_members_segment_id")),
        sa.PrimaryKeyConstraint("segment_id", "customer_id", name=op.f("pk_segment_members")),
    )
    op.create_index(op.f("ix_segment_members_customer_id"), "segment_members", ["customer_id"], unique=False)
    op.create_table(
        "fulfillment_orders",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "SCHEDULED",
                "OPEN",
                "ON_HOLD",
                "IN_PROGRESS",
                "CLOSED",
                "INCOMPLETE",
                "REJECTED",
                "CANCELED",
                name="fulfillment_order_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("fulfill_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_fulfillment_orders_location_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_fulfillment_orders_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillment_orders")),
        sa.UniqueConstraint("number", name=op.f("uq_fulfillment_orders_number")),
    )
    op.create_index(
        op.f("ix_fulfillment_orders_created_at_id"), "fulfillment_orders", ["created_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_fulfillment_orders_location_id_status_created_at_id"),
        "fulfillment_orders",
        ["location_id", "status", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_fulfillment_orders_order_id_created_at_id"),
        "fulfillment_orders",
        ["order_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_fulfillment_orders_status_created_at_id"),
        "fulfillment_orders",
        ["status", "created_at", "id"],
        unique=False,
    )
    op.create_table(
        "order_changes",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "PLACE",
                "EDIT",
                "CANCEL",
                "RETURN",
                "EXCHANGE",
                "ADJUSTMENT",
                name="order_change_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "CUSTOMER",
                "AGENT",
                "PARTNER",
                "SYSTEM",
                "CONNECTOR",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_changes_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_changes")),
    )
    op.create_index(op.f("ix_order_changes_order_id_at_id"), "order_changes", ["order_id", "at", "id"], unique=False)
    op.create_table(
        "order_exceptions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("OPEN", "RESOLVED", name="exception_status", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("suggested_action", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(status = 'RESOLVED') = (resolved_at IS NOT NULL)", name=op.f("ck_order_exceptions_resolved_has_time")
        ),
        sa.CheckConstraint("attempts > 0", name=op.f("ck_order_exceptions_attempts_positive")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_exceptions_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_exceptions")),
    )
    op.create_index(
        op.f("ix_order_exceptions_category_raised_at_id"),
        "order_exceptions",
        ["category", "raised_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_order_exceptions_order_id_raised_at_id"),
        "order_exceptions",
        ["order_id", "raised_at", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_order_exceptions_raised_at_id"), "order_exceptions", ["raised_at", "id"], unique=False)
    op.create_index(
        op.f("ix_order_exceptions_status_raised_at_id"), "order_exceptions", ["status", "raised_at", "id"], unique=False
    )
    op.create_table(
        "order_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("ordered", sa.Integer(), nullable=False),
        sa.Column("canceled", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("backordered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("reserved", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("allocated", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("in_fulfillment", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shipped", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivered", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("return_requested", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("returned", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("restocked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("exchanged", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("allocated >= 0", name=op.f("ck_order_lines_allocated_not_negative")),
        sa.CheckConstraint("backordered >= 0", name=op.f("ck_order_lines_backordered_not_negative")),
        sa.CheckConstraint("canceled + shipped <= ordered", name=op.f("ck_order_lines_open_not_negative")),
        sa.CheckConstraint("canceled >= 0", name=op.f("ck_order_lines_canceled_not_negative")),
        sa.CheckConstraint("delivered <= shipped", name=op.f("ck_order_lines_delivered_within_shipped")),
        sa.CheckConstraint("delivered >= 0", name=op.f("ck_order_lines_delivered_not_negative")),
        sa.CheckConstraint("discount_minor >= 0", name=op.f("ck_order_lines_discount_minor_not_negative")),
        sa.CheckConstraint("exchanged <= returned", name=op.f("ck_order_lines_exchanged_within_returned")),
        sa.CheckConstraint("exchanged >= 0", name=op.f("ck_order_lines_exchanged_not_negative")),
        sa.CheckConstraint("in_fulfillment >= 0", name=op.f("ck_order_lines_in_fulfillment_not_negative")),
        sa.CheckConstraint("ordered > 0", name=op.f("ck_order_lines_ordered_positive")),
        sa.CheckConstraint(
            "reserved + allocated + backordered + in_fulfillment <= ordered - canceled - shipped",
            name=op.f("ck_order_lines_promised_within_open"),
        ),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_order_lines_reserved_not_negative")),
        sa.CheckConstraint("restocked <= returned", name=op.f("ck_order_lines_restocked_within_returned")),
        sa.CheckConstraint("restocked >= 0", name=op.f("ck_order_lines_restocked_not_negative")),
        sa.CheckConstraint(
            "return_requested + returned <= shipped", name=op.f("ck_order_lines_returned_within_shipped")
        ),
        sa.CheckConstraint("return_requested >= 0", name=op.f("ck_order_lines_return_requested_not_negative")),
        sa.CheckConstraint("returned >= 0", name=op.f("ck_order_lines_returned_not_negative")),
        sa.CheckConstraint("shipped >= 0", name=op.f("ck_order_lines_shipped_not_negative")),
        sa.CheckConstraint("tax_minor >= 0", name=op.f("ck_order_lines_tax_minor_not_negative")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_order_lines_unit_price_minor_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_lines_order_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_order_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_lines")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_lines_order_id_position")),
    )
    op.create_index(op.f("ix_order_lines_product_id"), "order_lines", ["product_id"], unique=False)
    op.create_index(op.f("ix_order_lines_sku_order_id"), "order_lines", ["sku", "order_id"], unique=False)
    op.create_table(
        "order_references",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_references_order_id")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_order_references_source_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_references")),
        sa.UniqueConstraint("source_key", "external_id", name=op.f("uq_order_references_source_key_external_id")),
    )
    op.create_index(op.f("ix_order_references_order_id_id"), "order_references", ["order_id", "id"], unique=False)
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "AUTHORIZED",
                "PARTIALLY_CAPTURED",
                "CAPTURED",
                "PARTIALLY_REFUNDED",
                "REFUNDED",
                "VOIDED",
                "EXPIRED",
                "DECLINED",
                "ERROR",
                name="payment_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("gateway_key", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("authorized_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_payments_amount_minor_not_negative")),
        sa.CheckConstraint("authorized_minor >= 0", name=op.f("ck_payments_authorized_minor_not_negative")),
        sa.CheckConstraint("captured_minor <= authorized_minor", name=op.f("ck_payments_captured_within_authorized")),
        sa.CheckConstraint("captured_minor >= 0", name=op.f("ck_payments_captured_minor_not_negative")),
        sa.CheckConstraint("refunded_minor <= captured_minor", name=op.f("ck_payments_refunded_within_captured")),
        sa.CheckConstraint("refunded_minor >= 0", name=op.f("ck_payments_refunded_minor_not_negative")),
        sa.ForeignKeyConstraint(["gateway_key"], ["sources.key"], name=op.f("fk_payments_gateway_key")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_payments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
    )
    op.create_index(
        op.f("ix_payments_order_id_created_at_id"), "payments", ["order_id", "created_at", "id"], unique=False
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_reservations_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
    )
    op.create_index(
        op.f("ix_reservations_expires_at"),
        "reservations",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("released_at IS NULL AND order_id IS NULL"),
    )
    op.create_index(op.f("ix_reservations_order_id"), "reservations", ["order_id"], unique=False)
    op.create_table(
        "routing_decisions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("split_count", sa.Integer(), nullable=False),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_routing_decisions_cost_minor_not_negative")),
        sa.CheckConstraint("split_count >= 0", name=op.f("ck_routing_decisions_split_count_not_negative")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_routing_decisions_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_decisions")),
    )
    op.create_index(
        op.f("ix_routing_decisions_order_id_at_id"), "routing_decisions", ["order_id", "at", "id"], unique=False
    )
    op.create_table(
        "fulfillment_order_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("fulfillment_order_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("picked", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("packed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("shipped", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "0 <= shipped AND shipped <= packed AND packed <= picked AND picked <= quantity",
            name=op.f("ck_fulfillment_order_lines_in_stages"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_fulfillment_order_lines_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"],
            ["fulfillment_orders.id"],
            name=op.f("fk_fulfillment_order_lines_fulfillment_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_fulfillment_order_lines_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fulfillment_order_lines")),
        sa.UniqueConstraint(
            "fulfillment_order_id",
            "order_line_id",
            name=op.f("uq_fulfillment_order_lines_fulfillment_order_id_order_line_id"),
        ),
    )
    op.create_index(
        op.f("ix_fulfillment_order_lines_order_line_id"), "fulfillment_order_lines", ["order_line_id"], unique=False
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("fulfillment_order_id", sa.Uuid(), nullable=True),
        sa.Column(
            "reason",
            sa.Enum(
                "VALIDATION",
                "FRAUD_RISK",
                "AWAITING_PAYMENT",
                "ADDRESS",
                "INVENTORY",
                "CREDIT",
                "MANUAL",
                "OTHER",
                name="hold_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "actor_kind",
            sa.Enum(
                "CUSTOMER",
                "AGENT",
                "PARTNER",
                "SYSTEM",
                "CONNECTOR",
                name="actor_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"], ["fulfillment_orders.id"], name=op.f("fk_holds_fulfillment_order_id")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_holds_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        op.f("ix_holds_fulfillment_order_id"),
        "holds",
        ["fulfillment_order_id"],
        unique=False,
        postgresql_where=sa.text("fulfillment_order_id IS NOT NULL"),
    )
    op.create_index(op.f("ix_holds_order_id_placed_at_id"), "holds", ["order_id", "placed_at", "id"], unique=False)
    op.create_table(
        "order_change_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity_delta", sa.Integer(), nullable=False),
        sa.Column("amount_delta_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["change_id"], ["order_changes.id"], name=op.f("fk_order_change_lines_change_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_order_change_lines_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_change_lines")),
    )
    op.create_index(op.f("ix_order_change_lines_change_id_id"), "order_change_lines", ["change_id", "id"], unique=False)
    op.create_index(op.f("ix_order_change_lines_order_line_id"), "order_change_lines", ["order_line_id"], unique=False)
    op.create_table(
        "reservation_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("reservation_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservation_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_reservation_lines_location_id")),
        sa.ForeignKeyConstraint(
            ["reservation_id"], ["reservations.id"], name=op.f("fk_reservation_lines_reservation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation_lines")),
    )
    op.create_index(
        op.f("ix_reservation_lines_reservation_id_id"), "reservation_lines", ["reservation_id", "id"], unique=False
    )
    op.create_table(
        "routing_assignments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_routing_assignments_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["routing_decisions.id"], name=op.f("fk_routing_assignments_decision_id")
        ),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_routing_assignments_location_id")),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("fk_routing_assignments_order_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_assignments")),
    )
    op.create_index(
        op.f("ix_routing_assignments_decision_id_id"), "routing_assignments", ["decision_id", "id"], unique=False
    )
    op.create_table(
        "routing_candidates",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("eligible", sa.Boolean(), nullable=False),
        sa.Column("rejections", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("distance_km", sa.Double(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "eligible = (cardinality(rejections) = 0)", name=op.f("ck_routing_candidates_rejected_with_reason")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["routing_decisions.id"], name=op.f("fk_routing_candidates_decision_id")
        ),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_routing_candidates_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_candidates")),
        sa.UniqueConstraint("decision_id", "location_id", name=op.f("uq_routing_candidates_decision_id_location_id")),
    )
    op.create_table(
        "shipments",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "CREATED",
                "LABEL_PURCHASED",
                "PICKED_UP",
                "IN_TRANSIT",
                "OUT_FOR_DELIVERY",
                "ATTEMPTED",
                "DELAYED",
                "DELIVERED",
                "RETURNED_TO_SENDER",
                "LOST",
                "CANCELED",
                name="shipment_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("fulfillment_order_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("carrier_key", sa.Text(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("tracking_url", sa.Text(), nullable=True),
        sa.Column("label_url", sa.Text(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_delivery_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(cost_minor IS NULL) = (currency IS NULL)", name=op.f("ck_shipments_cost_has_currency")),
        sa.CheckConstraint("cost_minor >= 0", name=op.f("ck_shipments_cost_minor_not_negative")),
        sa.ForeignKeyConstraint(["carrier_key"], ["sources.key"], name=op.f("fk_shipments_carrier_key")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_shipments_customer_id")),
        sa.ForeignKeyConstraint(
            ["fulfillment_order_id"], ["fulfillment_orders.id"], name=op.f("fk_shipments_fulfillment_order_id")
        ),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_shipments_location_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_shipments_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("number", name=op.f("uq_shipments_number")),
    )
    op.create_index(
        op.f("ix_shipments_customer_id_created_at_id"), "shipments", ["customer_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_shipments_fulfillment_order_id"), "shipments", ["fulfillment_order_id"], unique=False)
    op.create_index(
        op.f("ix_shipments_order_id_created_at_id"), "shipments", ["order_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_shipments_tracking_number"), "shipments", ["tracking_number"], unique=False)
    op.create_table(
        "returns",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "REQUESTED",
                "OPEN",
                "DECLINED",
                "IN_TRANSIT",
                "PARTIALLY_RECEIVED",
                "RECEIVED",
                "INSPECTED",
                "CLOSED",
                "CANCELED",
                name="return_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("refund_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("fees_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("exchange_minor", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'CLOSED') = (closed_at IS NOT NULL)", name=op.f("ck_returns_closed_has_time")),
        sa.CheckConstraint("exchange_minor >= 0", name=op.f("ck_returns_exchange_minor_not_negative")),
        sa.CheckConstraint("fees_minor >= 0", name=op.f("ck_returns_fees_minor_not_negative")),
        sa.CheckConstraint("refund_minor >= 0", name=op.f("ck_returns_refund_minor_not_negative")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_returns_customer_id")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_returns_order_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name=op.f("fk_returns_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("number", name=op.f("uq_returns_number")),
    )
    op.create_index(
        op.f("ix_returns_customer_id_requested_at_id"), "returns", ["customer_id", "requested_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_returns_order_id_requested_at_id"), "returns", ["order_id", "requested_at", "id"], unique=False
    )
    op.create_index(op.f("ix_returns_requested_at_id"), "returns", ["requested_at", "id"], unique=False)
    op.create_index(
        op.f("ix_returns_status_requested_at_id"), "returns", ["status", "requested_at", "id"], unique=False
    )
    op.create_table(
        "shipment_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_shipment_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_shipment_lines_order_line_id")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name=op.f("fk_shipment_lines_shipment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shipment_lines")),
        sa.UniqueConstraint("shipment_id", "order_line_id", name=op.f("uq_shipment_lines_shipment_id_order_line_id")),
    )
    op.create_index(op.f("ix_shipment_lines_order_line_id"), "shipment_lines", ["order_line_id"], unique=False)
    op.create_table(
        "tracking_events",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("source_key", sa.Text(), nullable=False),
        sa.Column("external_event_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "CREATED",
                "LABEL_PURCHASED",
                "PICKED_UP",
                "IN_TRANSIT",
                "OUT_FOR_DELIVERY",
                "ATTEMPTED",
                "DELAYED",
                "DELIVERED",
                "RETURNED_TO_SENDER",
                "LOST",
                "CANCELED",
                name="shipment_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipments.id"], name=op.f("fk_tracking_events_shipment_id")),
        sa.ForeignKeyConstraint(["source_key"], ["sources.key"], name=op.f("fk_tracking_events_source_key")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracking_events")),
        sa.UniqueConstraint(
            "source_key",
            "shipment_id",
            "external_event_id",
            name=op.f("uq_tracking_events_source_key_shipment_id_external_event_id"),
        ),
    )
    op.create_index(
        op.f("ix_tracking_events_shipment_id_at_id"), "tracking_events", ["shipment_id", "at", "id"], unique=False
    )
    op.create_table(
        "exchange_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_exchange_lines_quantity_positive")),
        sa.CheckConstraint("unit_price_minor >= 0", name=op.f("ck_exchange_lines_unit_price_minor_not_negative")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_exchange_lines_order_line_id")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_exchange_lines_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchange_lines")),
    )
    op.create_index(op.f("ix_exchange_lines_return_id_id"), "exchange_lines", ["return_id", "id"], unique=False)
    op.create_table(
        "payment_transactions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "AUTHORIZATION",
                "CAPTURE",
                "SALE",
                "VOID",
                "REFUND",
                "CHARGEBACK",
                name="transaction_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "PENDING",
                "SUCCESS",
                "FAILURE",
                "ACTION_REQUIRED",
                "UNKNOWN",
                name="transaction_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("gateway_reference", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_payment_transactions_amount_minor_not_negative")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_transactions_payment_id")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_payment_transactions_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_transactions")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_payment_transactions_idempotency_key")),
    )
    op.create_index(
        op.f("ix_payment_transactions_payment_id_at_id"),
        "payment_transactions",
        ["payment_id", "at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_payment_transactions_return_id"),
        "payment_transactions",
        ["return_id"],
        unique=False,
        postgresql_where=sa.text("return_id IS NOT NULL"),
    )
    op.create_table(
        "return_lines",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "UNWANTED",
                "DEFECTIVE",
                "DAMAGED_IN_TRANSIT",
                "WRONG_ITEM",
                "NOT_AS_DESCRIBED",
                "SIZE_OR_FIT",
                "LATE",
                "OTHER",
                name="return_reason",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("received", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "0 <= received AND received <= quantity", name=op.f("ck_return_lines_received_within_quantity")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["order_line_id"], ["order_lines.id"], name=op.f("fk_return_lines_order_line_id")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_return_lines_return_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_lines")),
        sa.UniqueConstraint(
            "return_id", "order_line_id", "reason", name=op.f("uq_return_lines_return_id_order_line_id_reason")
        ),
    )
    op.create_index(op.f("ix_return_lines_order_line_id"), "return_lines", ["order_line_id"], unique=False)
    op.create_table(
        "return_dispositions",
        sa.Column("id", sa.Uuid(), server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("return_line_id", sa.Uuid(), nullable=False),
        sa.Column(
            "disposition",
            sa.Enum(
                "RESTOCK",
                "REFURBISH",
                "SCRAP",
                "MISSING",
                name="disposition",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_dispositions_quantity_positive")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_return_dispositions_location_id")),
        sa.ForeignKeyConstraint(
            ["return_line_id"], ["return_lines.id"], name=op.f("fk_return_dispositions_return_line_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_dispositions")),
    )
    op.create_index(
        op.f("ix_return_dispositions_return_line_id_at_id"),
        "return_dispositions",
        ["return_line_id", "at", "id"],
        unique=False,
    )
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
    op.drop_index(op.f("ix_return_dispositions_return_line_id_at_id"), table_name="return_dispositions")
    op.drop_table("return_dispositions")
    op.drop_index(op.f("ix_return_lines_order_line_id"), table_name="return_lines")
    op.drop_table("return_lines")
    op.drop_index(
        op.f("ix_payment_transactions_return_id"),
        table_name="payment_transactions",
        postgresql_where=sa.text("return_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_payment_transactions_payment_id_at_id"), table_name="payment_transactions")
    op.drop_table("payment_transactions")
    op.drop_index(op.f("ix_exchange_lines_return_id_id"), table_name="exchange_lines")
    op.drop_table("exchange_lines")
    op.drop_index(op.f("ix_tracking_events_shipment_id_at_id"), table_name="tracking_events")
    op.drop_table("tracking_events")
    op.drop_index(op.f("ix_shipment_lines_order_line_id"), table_name="shipment_lines")
    op.drop_table("shipment_lines")
    op.drop_index(op.f("ix_returns_status_requested_at_id"), table_name="returns")
    op.drop_index(op.f("ix_returns_requested_at_id"), table_name="returns")
    op.drop_index(op.f("ix_returns_order_id_requested_at_id"), table_name="returns")
    op.drop_index(op.f("ix_returns_customer_id_requested_at_id"), table_name="returns")
    op.drop_table("returns")
    op.drop_index(op.f("ix_shipments_tracking_number"), table_name="shipments")
    op.drop_index(op.f("ix_shipments_order_id_created_at_id"), table_name="shipments")
    op.drop_index(op.f("ix_shipments_fulfillment_order_id"), table_name="shipments")
    op.drop_index(op.f("ix_shipments_customer_id_created_at_id"), table_name="shipments")
    op.drop_table("shipments")
    op.drop_table("routing_candidates")
    op.drop_index(op.f("ix_routing_assignments_decision_id_id"), table_name="routing_assignments")
    op.drop_table("routing_assignments")
    op.drop_index(op.f("ix_reservation_lines_reservation_id_id"), table_name="reservation_lines")
    op.drop_table("reservation_lines")
    op.drop_index(op.f("ix_order_change_lines_order_line_id"), table_name="order_change_lines")
    op.drop_index(op.f("ix_order_change_lines_change_id_id"), table_name="order_change_lines")
    op.drop_table("order_change_lines")
    op.drop_index(op.f("ix_holds_order_id_placed_at_id"), table_name="holds")
    op.drop_index(
        op.f("ix_holds_fulfillment_order_id"),
        table_name="holds",
        postgresql_where=sa.text("fulfillment_order_id IS NOT NULL"),
    )
    op.drop_table("holds")
    op.drop_index(op.f("ix_fulfillment_order_lines_order_line_id"), table_name="fulfillment_order_lines")
    op.drop_table("fulfillment_order_lines")
    op.drop_index(op.f("ix_routing_decisions_order_id_at_id"), table_name="routing_decisions")
    op.drop_table("routing_decisions")
    op.drop_index(op.f("ix_reservations_order_id"), table_name="reservations")
    op.drop_index(
        op.f("ix_reservations_expires_at"),
        table_name="reservations",
        postgresql_where=sa.text("released_at IS NULL AND order_id IS NULL"),
    )
    op.drop_table("reservations")
    op.drop_index(op.f("ix_payments_order_id_created_at_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_index(op.f("ix_order_references_order_id_id"), table_name="order_references")
    op.drop_table("order_references")
    op.drop_index(op.f("ix_order_lines_sku_order_id"), table_name="order_lines")
    op.drop_index(op.f("ix_order_lines_product_id"), table_name="order_lines")
    op.drop_table("order_lines")
    op.drop_index(op.f("ix_order_exceptions_status_raised_at_id"), table_name="order_exceptions")
    op.drop_index(op.f("ix_order_exceptions_raised_at_id"), table_name="order_exceptions")
    op.drop_index(op.f("ix_order_exceptions_order_id_raised_at_id"), table_name="order_exceptions")
    op.drop_index(op.f("ix_order_exceptions_category_raised_at_id"), table_name="order_exceptions")
    op.drop_table("order_exceptions")
    op.drop_index(op.f("ix_order_changes_order_id_at_id"), table_name="order_changes")
    op.drop_table("order_changes")
    op.drop_index(op.f("ix_fulfillment_orders_status_created_at_id"), table_name="fulfillment_orders")
    op.drop_index(op.f("ix_fulfillment_orders_order_id_created_at_id"), table_name="fulfillment_orders")
    op.drop_index(op.f("ix_fulfillment_orders_location_id_status_created_at_id"), table_name="fulfillment_orders")
    op.drop_index(op.f("ix_fulfillment_orders_created_at_id"), table_name="fulfillment_orders")
    op.drop_table("fulfillment_orders")
    op.drop_index(op.f("ix_segment_members_customer_id"), table_name="segment_members")
    op.drop_table("segment_members")
    op.drop_index(op.f("ix_orders_updated_at_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_total_minor_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_status_placed_at_id"), table_name="orders")
    op.drop_index(
        "ix_orders_search_text",
        table_name="orders",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_index(op.f("ix_orders_return_status_placed_at_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_placed_at_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_payment_status_placed_at_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_fulfillment_status_placed_at_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_customer_id_placed_at_id"), table_name="orders")
    op.drop_index(op.f("ix_orders_channel_placed_at_id"), table_name="orders")
    op.drop_table("orders")
    op.drop_index(op.f("ix_match_proposal_customers_customer_id"), table_name="match_proposal_customers")
    op.drop_table("match_proposal_customers")
    op.drop_index(op.f("ix_inventory_movements_position_id_at_id"), table_name="inventory_movements")
    op.drop_table("inventory_movements")
    op.drop_index(op.f("ix_customer_source_records_customer_id_linked_at_id"), table_name="customer_source_records")
    op.drop_table("customer_source_records")
    op.drop_table("customer_scores")
    op.drop_table("consents")
    op.drop_index(op.f("ix_inventory_positions_location_id_id"), table_name="inventory_positions")
    op.drop_table("inventory_positions")
    op.drop_index(op.f("ix_customers_updated_at_id"), table_name="customers")
    op.drop_index("ix_customers_tags", table_name="customers", postgresql_using="gin")
    op.drop_index(
        "ix_customers_search_text",
        table_name="customers",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_index("ix_customers_phones", table_name="customers", postgresql_using="gin")
    op.drop_index(op.f("ix_customers_merged_into_id"), table_name="customers")
    op.drop_index(op.f("ix_customers_kind_created_at_id"), table_name="customers")
    op.drop_index("ix_customers_emails", table_name="customers", postgresql_using="gin")
    op.drop_index(op.f("ix_customers_display_name_id"), table_name="customers")
    op.drop_index(op.f("ix_customers_created_at_id"), table_name="customers")
    op.drop_table("customers")
    op.drop_table("connectors")
    op.drop_table("sources")
    op.drop_table("segments")
    op.drop_index(
        "ix_products_search_text",
        table_name="products",
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )
    op.drop_table("products")
    op.drop_index(op.f("ix_match_proposals_status_score_id"), table_name="match_proposals")
    op.drop_index(op.f("ix_match_proposals_score_id"), table_name="match_proposals")
    op.drop_table("match_proposals")
    op.drop_table("locations")
    op.drop_index(op.f("ix_events_type_position"), table_name="events")
    op.drop_index(op.f("ix_events_subject_id_position"), table_name="events")
    op.drop_table("events")
    op.execute("DROP SEQUENCE order_numbers")
    op.execute("DROP SEQUENCE customer_numbers")
