"""What a system says of a customer, taken over: linked to a customer of ours, who is then shown as the rules say."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from app.connectors.ports.feeds import CustomerRecord
from app.domain.customer import ConsentChannel
from app.domain.ids import new_id
from app.domain.money import CURRENCIES
from app.domain.refusals import RefusalCode, refuse
from app.domain.sync import Taken
from app.identity.phones import international_number
from app.identity.survivorship import normalized_email
from app.stores.customer_records import (
    CustomerSaid,
    Link,
    create_customer,
    find_link,
    link_record,
    lock_matching,
    only_customer_with,
    set_consent,
    update_record,
)
from app.stores.events import append_event
from app.stores.golden_records import refresh_golden_record
from app.stores.guest_orders import guest_orders_of
from app.stores.jobs import enqueue
from app.stores.transaction import Transaction
from app.workflows.guest_orders_link import job_to_link
from app.workflows.work import Work

SAID_BY_FEEDS = frozenset(
    (
        *("kind", "givenName", "familyName", "company", "emails", "verifiedEmails", "phones", "addresses", "tags"),
        *("locale", "currency"),
    )
)
"""Keys of a profile that a record has, or whose absence from it means that there is nothing."""
EMAIL_CONFIDENCE = 0.95
"""Ours, as for imports: households share an address now and then."""


async def take_in_customer(tx: Transaction, source_key: str, record: CustomerRecord, _: Work) -> Taken:
    """Raises Refused. What is older than what we have changes nothing."""
    said = _said(source_key, record)
    await lock_matching(tx)
    known = await find_link(tx, source_key, record.external_id)
    if known is None:
        await _link_orders(tx, await _meet(tx, said, record))
        return Taken.CREATED
    if record.updated_at < known.observed_at:
        return Taken.UNCHANGED
    taken = await _update(tx, known, said, record)
    await _link_orders(tx, known.customer_id)
    return taken


def profile_of(record: CustomerRecord) -> dict[str, Any]:
    """With the keys that survivorship reads; what the source does not say is left out."""
    said = {
        "kind": record.kind,
        "givenName": record.given_name,
        "familyName": record.family_name,
        "company": record.company,
        "emails": [normalized_email(each) for each in record.emails if each.strip()],
        "verifiedEmails": [normalized_email(each) for each in record.verified_emails if each.strip()],
        "phones": [international_number(each, _country(record)) for each in record.phones if each.strip()],
        "addresses": [{key: part for key, part in each.items() if part} for each in record.addresses],
        "tags": list(record.tags),
        "locale": record.locale,
        "currency": record.currency,
    }
    return {key: value for key, value in said.items() if value not in (None, "", [])}


def _country(record: CustomerRecord) -> str | None:
    """Where numbers without a country are dialed from."""
    return next((country for address in record.addresses if (country := address.get("country"))), None)


def _said(source_key: str, record: CustomerRecord) -> CustomerSaid:
    if not record.external_id.strip():
        raise refuse(RefusalCode.INVALID, f"{source_key} gives the customer no id")
    if record.currency is not None and record.currency not in CURRENCIES:
        raise refuse(RefusalCode.INVALID, f"{record.currency} is no currency of ISO 4217")
    return CustomerSaid(source_key, record.external_id, record.updated_at, profile_of(record), record.raw)


async def _meet(tx: Transaction, said: CustomerSaid, record: CustomerRecord) -> UUID:
    """A record that is seen for the first time belongs to the one customer who has its e-mail address, or is new.
    Answers whose it is.
    """
    about = {"source": said.source_key, "externalId": said.external_id}
    customer_id = await only_customer_with(tx, said.profile.get("emails", []))
    if customer_id is not None:
        await link_record(tx, customer_id, said, "email", EMAIL_CONFIDENCE)
        event, more = "customer.record_linked", {"rule": "email"}
    else:
        customer_id = new_id()
        number = await create_customer(tx, customer_id, f"{said.source_key} {said.external_id}")
        await link_record(tx, customer_id, said, "first_record", 1.0)
        event, more = "customer.created", {"number": number}
    await refresh_golden_record(tx, customer_id)
    await _consent(tx, customer_id, said, record)
    await append_event(tx, event, ("Customer", customer_id), about | more)
    return customer_id


async def _update(tx: Transaction, known: Link, said: CustomerSaid, record: CustomerRecord) -> Taken:
    # What feeds have no word for stays: somebody else has told it of this record.
    kept = {key: value for key, value in known.profile.items() if key not in SAID_BY_FEEDS}
    said = replace(said, profile={**kept, **said.profile})
    await update_record(tx, said)
    changed = await refresh_golden_record(tx, known.customer_id)
    if await _consent(tx, known.customer_id, said, record):
        changed.append("consents")
    if not changed and said.profile == known.profile:
        return Taken.UNCHANGED
    # The names of the fields and not what is in them: the log outlives what people ask to have erased.
    told = {"source": said.source_key, "externalId": said.external_id, "changed": changed}
    await append_event(tx, "customer.synced", ("Customer", known.customer_id), told)
    return Taken.CHANGED


async def _link_orders(tx: Transaction, customer_id: UUID) -> None:
    """By a job: an order is locked before customers are matched, never after."""
    if await guest_orders_of(tx, customer_id):
        await enqueue(tx, job_to_link(customer_id))


async def _consent(tx: Transaction, customer_id: UUID, said: CustomerSaid, record: CustomerRecord) -> bool:
    if record.accepts_email is None:
        return False
    granted, at = record.accepts_email, record.updated_at
    return await set_consent(tx, customer_id, ConsentChannel.EMAIL, said.source_key, granted=granted, at=at)
