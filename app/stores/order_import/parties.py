"""Customers, their source records and products that a file names and the store does not know yet."""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.stores.golden_records import refresh_golden_records

# A customer is known by the file's own id (then nothing is to be done), else by an e-mail address that exactly one
# customer of the store has, else new. Creating and linking are one statement: a customer without a record is no one's.
_CUSTOMERS = text("""
WITH newcomer AS (
    SELECT parties.*, known.ids AS known_ids,
        coalesce(customer_given_name, substring(customer_name FROM '^(.*) \\S+$')) AS given_name,
        coalesce(customer_family_name, substring(customer_name FROM '(\\S+)$')) AS family_name,
        CASE WHEN customer_line1 IS NOT NULL AND customer_city IS NOT NULL AND customer_country IS NOT NULL
            THEN jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
                'name', customer_name, 'company', customer_company, 'line1', customer_line1, 'city', customer_city,
                'region', customer_region, 'postalCode', customer_postal_code, 'country', customer_country,
                'phone', customer_phone))) END AS addresses
    FROM parties
    LEFT JOIN (
        SELECT address, array_agg(customers.id) AS ids FROM customers CROSS JOIN unnest(emails) AS address
        WHERE merged_into_id IS NULL GROUP BY address
    ) AS known ON known.address = parties.email
    WHERE NOT EXISTS (
        SELECT FROM customer_source_records AS record
        WHERE record.source_key = :source_key AND record.external_id = parties.external_id
    )
), linked AS (
    SELECT *, CASE WHEN cardinality(known_ids) = 1 THEN known_ids[1] END AS known_id FROM newcomer
), created AS (
    INSERT INTO customers (id, kind, display_name, given_name, family_name, company, email, phone, emails, phones,
        addresses)
    SELECT id, CAST(:kind AS text),
        coalesce(CASE WHEN CAST(:kind AS text) = 'ORGANIZATION' THEN customer_company END,
            nullif(concat_ws(' ', given_name, family_name), ''), customer_company, email,
            replace(:display_name, '{id}', external_id)),
        given_name, family_name, customer_company, email, customer_phone,
        array_remove(ARRAY[email], NULL), array_remove(ARRAY[customer_phone], NULL), coalesce(addresses, '[]')
    FROM linked WHERE known_id IS NULL
    ORDER BY external_id
), recorded AS (
    INSERT INTO customer_source_records (customer_id, source_key, external_id, profile, record, linked_by, confidence,
        observed_at)
    SELECT coalesce(known_id, id), :source_key, external_id,
        jsonb_strip_nulls(jsonb_build_object(
            'kind', CAST(:kind AS text), 'givenName', given_name, 'familyName', family_name,
            'company', customer_company,
            'emails', CASE WHEN email IS NOT NULL THEN jsonb_build_array(email) END,
            'phones', CASE WHEN customer_phone IS NOT NULL THEN jsonb_build_array(customer_phone) END,
            'addresses', addresses)),
        NULL, CASE WHEN known_id IS NULL THEN 'import' ELSE 'email' END,
        CASE WHEN known_id IS NULL THEN 1 ELSE 0.95 END, observed_at
    FROM linked
    RETURNING customer_id, linked_by
)
SELECT DISTINCT customer_id FROM recorded WHERE linked_by = 'email' ORDER BY customer_id
""")

_PRODUCTS = text("""
INSERT INTO products (sku, title)
SELECT sku, title FROM articles WHERE NOT is_charge ORDER BY sku
ON CONFLICT (sku) DO NOTHING
""")

_FILLED = (
    "customers", "customer_source_records", "products", "orders", "order_lines", "order_references", "order_changes",
    "order_change_lines", "returns", "return_lines", "return_dispositions", "events",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartyRules:
    source_key: str
    kind: str
    display_name: str
    """For a customer without a name; `{id}` stands for the file's id."""


async def add_parties(connection: AsyncConnection, rules: PartyRules) -> None:
    """Again adds nothing: what is there is recognized."""
    values = {"source_key": rules.source_key, "kind": rules.kind, "display_name": rules.display_name}
    linked = (await connection.execute(_CUSTOMERS, values)).scalars().all()
    await refresh_golden_records(connection, linked)
    await connection.execute(_PRODUCTS)


async def analyze(connection: AsyncConnection) -> None:
    """Lets the planner know what has come in."""
    for table in _FILLED:
        await connection.exec_driver_sql(f"ANALYZE {table}")
