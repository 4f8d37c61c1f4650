"""The customer of a storefront's order, where the order is here before the storefront has told of the customer."""

from datetime import UTC, datetime

from app.connectors.ports.feeds import CustomerRecord
from app.connectors.ports.storefront import StorefrontOrder
from app.stores.customer_records import find_link, lock_out_matching
from app.stores.transaction import Transaction
from app.workflows.customer_take_in import take_in_customer
from app.workflows.work import Work

BEFORE_ALL_ELSE = datetime(1970, 1, 1, tzinfo=UTC)
"""So that whatever the storefront says of the customer itself is newer."""


async def meet_customer(tx: Transaction, source_key: str, order: StorefrontOrder, work: Work) -> None:
    """By what the order says of them, until the storefront says more. Guests have no id, and stay guests until a
    customer has shown that the order's address is theirs.
    """
    external_id = (order.customer_external_id or "").strip()
    if not external_id:
        # Else who becomes known just now would not find the order, nor the order them.
        await lock_out_matching(tx)
    elif await find_link(tx, source_key, external_id) is None:
        await take_in_customer(tx, source_key, _record(order, external_id), work)


def _record(order: StorefrontOrder, external_id: str) -> CustomerRecord:
    given, _, family = (order.contact_name or "").strip().partition(" ")
    address = order.billing_address or order.shipping_address
    return CustomerRecord(
        external_id=external_id,
        updated_at=BEFORE_ALL_ELSE,
        given_name=given or None,
        family_name=family or None,
        emails=(order.email,) if order.email else (),
        phones=(order.phone,) if order.phone else (),
        addresses=(address,) if address else (),
    )
