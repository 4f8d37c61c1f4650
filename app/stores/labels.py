"""Labels that carriers drew: kept for whoever knows their address, until they are voided."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from app.stores.transaction import Transaction

PATH = "/labels/"
"""Where they are served: `Shipment.labelUrl` is this and the label's secret."""
_SECRET_BYTES = 24
"""192 bits: not to be guessed."""

# The first address stays, so that a label that was found again is where it was.
_KEEP = """
INSERT INTO shipment_labels (shipment_id, secret, carrier_reference, media_type, content, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (shipment_id) DO UPDATE
   SET carrier_reference = excluded.carrier_reference, media_type = excluded.media_type, content = excluded.content
RETURNING secret
"""
_READ = "SELECT media_type, content FROM shipment_labels WHERE secret = $1"
_REFERENCE = "SELECT carrier_reference FROM shipment_labels WHERE shipment_id = $1"
_FORGET = "DELETE FROM shipment_labels WHERE shipment_id = $1"


@dataclass(frozen=True, slots=True)
class StoredLabel:
    media_type: str
    content: bytes


async def keep_label(tx: Transaction, shipment_id: UUID, label: StoredLabel, *, carrier_reference: str) -> str:
    """Its URL, a path of this server."""
    secret = secrets.token_urlsafe(_SECRET_BYTES)
    kept = await tx.value(_KEEP, shipment_id, secret, carrier_reference, label.media_type, label.content, tx.at)
    return f"{PATH}{kept}"


async def read_label(tx: Transaction, secret: str) -> StoredLabel | None:
    found = await tx.row(_READ, secret)
    return None if found is None else StoredLabel(found["media_type"], found["content"])


async def carrier_reference(tx: Transaction, shipment_id: UUID) -> str | None:
    """What the carrier voids the shipment's label by; None for a label that was not bought here."""
    reference: str | None = await tx.value(_REFERENCE, shipment_id)
    return reference


async def forget_label(tx: Transaction, shipment_id: UUID) -> None:
    """Of a voided one: nobody is to print it."""
    await tx.run(_FORGET, shipment_id)
