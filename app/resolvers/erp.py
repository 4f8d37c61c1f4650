"""What ERPs say, live: the accounts of a customer, and the documents that mirror an order."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.connectors.ports.erp import ErpAccountRecord, ErpDocumentRecord
from app.connectors.reads import ErpAccounts, ErpDocuments
from app.domain.money import Money
from app.execution.errors import SourceFailed
from app.execution.rows import Row
from app.resolvers.context import Context, Identity
from app.resolvers.live import SourceReading, ask, failure, identities_of, statuses


async def accounts_of_customers(
    customers: Sequence[str], arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any] | SourceFailed]:
    readings = await ask(identities_of(customers), ErpAccounts(), arguments.get("max_age"), context)
    return [_list(each, _account, context) for each in readings]


async def documents_of_orders(
    numbers: Sequence[str], arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any] | SourceFailed]:
    """An ERP keeps our order number as the customer's reference, so each is asked by the number."""
    known_as = [_at_every_erp(number, context) for number in numbers]
    readings = await ask(known_as, ErpDocuments(), arguments.get("max_age"), context)
    return [_list(each, _documents, context) for each in readings]


def _at_every_erp(number: str, context: Context) -> list[Identity]:
    return [(key, number) for key in context.sources_with(ErpDocuments.capability)]


def _list(
    readings: Sequence[SourceReading], present: Callable[[Any, Row], list[dict[str, Any]]], context: Context
) -> dict[str, Any] | SourceFailed:
    failed = failure(readings, context)
    if failed is not None:
        return failed
    told = [(each.reading.value, each.source) for each in readings if each.reading.value is not None]
    return {"nodes": [node for value, source in told for node in present(value, source)], "sources": statuses(readings)}


def _account(account: ErpAccountRecord, source: Row) -> list[dict[str, Any]]:
    return [
        {
            "externalId": account.external_id,
            "source": source,
            "name": account.name,
            "creditLimit": _money(account.credit_limit),
            "balance": _money(account.balance),
            "paymentTerms": account.payment_terms,
            "blocked": account.blocked,
        }
    ]


def _documents(documents: Sequence[ErpDocumentRecord], source: Row) -> list[dict[str, Any]]:
    return [
        {
            "source": source,
            "externalId": document.external_id,
            "kind": document.kind,
            "status": document.status,
            "amount": _money(document.amount),
            "createdAt": document.created_at,
        }
        for document in documents
    ]


def _money(money: Money | None) -> dict[str, Any] | None:
    return None if money is None else {"amount": money.amount, "currency": money.currency}
