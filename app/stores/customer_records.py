"""The crosswalk of customers: what systems say of them, and which customer each record belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.domain.customer import ConsentChannel
from app.stores.transaction import Transaction, json_in, json_of, json_of_sent

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('customers are matched', 0))"
_LOCK_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended('customers are matched', 0))"
_FIND = """
SELECT customer_id, profile, observed_at FROM customer_source_records WHERE source_key = $1 AND external_id = $2
"""
_WITH_EMAIL = "SELECT id FROM customers WHERE emails && $1::text[] AND merged_into_id IS NULL LIMIT 2"
_CREATE = "INSERT INTO customers (id, kind, display_name, created_at) VALUES ($1, 'PERSON', $2, $3) RETURNING number"
_LINK = """
INSERT INTO customer_source_records
       (customer_id, source_key, external_id, profile, record, observed_at, linked_by, confidence, linked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_UPDATE = """
UPDATE customer_source_records SET profile = $3, record = $4, observed_at = $5
 WHERE source_key = $1 AND external_id = $2
"""
_CONSENT = """
INSERT INTO consents AS known (customer_id, channel, granted, at, source_key) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (customer_id, channel, source_key) DO UPDATE SET granted = excluded.granted, at = excluded.at
 WHERE known.granted <> excluded.granted
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class CustomerSaid:
    """One system's version of a customer."""

    source_key: str
    external_id: str
    observed_at: datetime
    """By the system's clock."""
    profile: Mapping[str, Any]
    record: Mapping[str, Any]
    """As received."""


@dataclass(frozen=True, slots=True)
class Link:
    customer_id: UUID
    profile: Mapping[str, Any]
    observed_at: datetime


async def lock_matching(tx: Transaction) -> None:
    """Until the transaction ends nobody else links or makes customers: else two would make the same one."""
    await tx.run(_LOCK)


async def lock_out_matching(tx: Transaction) -> None:
    """Until the transaction ends nobody links or makes customers."""
    await tx.run(_LOCK_SHARED)


async def find_link(tx: Transaction, source_key: str, external_id: str) -> Link | None:
    row = await tx.row(_FIND, source_key, external_id)
    return None if row is None else Link(row["customer_id"], json_in(row["profile"]), row["observed_at"])


async def only_customer_with(tx: Transaction, emails: Sequence[str]) -> UUID | None:
    """The one who has one of these addresses, in lower case; None without one, and where there are several."""
    rows = await tx.rows(_WITH_EMAIL, list(emails)) if emails else []
    return rows[0]["id"] if len(rows) == 1 else None


async def create_customer(tx: Transaction, customer_id: UUID, name: str) -> str:
    """Its number. What else is known of it comes from the records linked to it."""
    number: str = await tx.value(_CREATE, customer_id, name, tx.at)
    return number


async def link_record(tx: Transaction, customer_id: UUID, said: CustomerSaid, rule: str, confidence: float) -> None:
    """`confidence` is a probability; `rule` is what found that the two are one."""
    row = (said.source_key, said.external_id, json_of(said.profile), json_of_sent(said.record), said.observed_at)
    await tx.run(_LINK, customer_id, *row, rule, confidence, tx.at)


async def update_record(tx: Transaction, said: CustomerSaid) -> None:
    row = (said.source_key, said.external_id, json_of(said.profile), json_of_sent(said.record), said.observed_at)
    await tx.run(_UPDATE, *row)


async def set_consent(
    tx: Transaction, customer_id: UUID, channel: ConsentChannel, source_key: str, *, granted: bool, at: datetime
) -> bool:
    """Whether that is news."""
    return await tx.value(_CONSENT, customer_id, channel, granted, at, source_key) is not None
