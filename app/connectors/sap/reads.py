"""What is read live: accounts by business partner, documents by our order number, stock by material."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_FLOOR, Decimal

from app.connectors.batching import in_chunks, side_by_side
from app.connectors.ports.erp import ErpAccountRecord, ErpDocumentRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.sap.api import SapApi
from app.connectors.sap.mapping import (
    KINDS_IN_ORDER,
    AccountRow,
    InvoiceRow,
    OrderRow,
    ReturnRow,
    StockRow,
    account_record,
    invoice_record,
    order_records,
    return_record,
)
from app.connectors.sap.odata import any_of, bare, quoted

PARTNER_LENGTH_MAX = 10
REFERENCE_LENGTH_MAX = 35
MATERIAL_LENGTH_MAX = 40
"""Longer ones are none of SAP's, which would refuse the whole question."""
UNRESTRICTED = "InventoryStockType eq '01' and InventorySpecialStockType eq ''"
"""Stock that may be sold to anybody: not in inspection, not blocked, nobody else's."""

Referring = tuple[str | None, list[ErpDocumentRecord]]
"""The customer's reference, and the documents that have it."""


class SapReads:
    _api: SapApi

    async def accounts(self, external_ids: Sequence[str], *, deadline: float) -> Mapping[str, ErpAccountRecord | None]:
        async def ask(ids: Sequence[str]) -> Mapping[str, AccountRow]:
            rows = await self._api.rows(AccountRow, any_of("BusinessPartner", ids), deadline=deadline)
            return {bare(row.business_partner): row for row in rows}

        found = await in_chunks(askable(external_ids, PARTNER_LENGTH_MAX), self._api.ids_per_query_max, ask)
        return {id_: self._account(found.get(bare(id_)), id_) for id_ in external_ids}

    def _account(self, row: AccountRow | None, external_id: str) -> ErpAccountRecord | None:
        return account_record(row, external_id, self._api.settings) if row else None

    async def documents(
        self, order_numbers: Sequence[str], *, deadline: float
    ) -> Mapping[str, tuple[ErpDocumentRecord, ...]]:
        async def ask(numbers: Sequence[str]) -> Mapping[str, list[ErpDocumentRecord]]:
            return await self._documents(numbers, deadline)

        found = await in_chunks(askable(order_numbers, REFERENCE_LENGTH_MAX), self._api.ids_per_query_max, ask)
        return {number: tuple(sorted(found.get(number, ()), key=_age)) for number in order_numbers}

    async def _documents(self, numbers: Sequence[str], deadline: float) -> Mapping[str, list[ErpDocumentRecord]]:
        where = any_of("PurchaseOrderByCustomer", numbers)
        if self._api.settings.sales_organization:
            # Other customers of ours may have numbers like these, in businesses that are not this one.
            where += f" and SalesOrganization eq {quoted(self._api.settings.sales_organization)}"
        answers = await side_by_side(
            self._orders(where, deadline), self._invoices(where, deadline), self._returns(where, deadline)
        )
        found: defaultdict[str, list[ErpDocumentRecord]] = defaultdict(list)
        for number, records in (each for answer in answers for each in answer):
            found[number or ""] += records
        return found

    async def _orders(self, where: str, deadline: float) -> list[Referring]:
        zone = self._api.settings.time_zone
        rows = await self._api.rows(OrderRow, where, deadline=deadline)
        return [(row.purchase_order_by_customer, order_records(row, zone)) for row in rows]

    async def _invoices(self, where: str, deadline: float) -> list[Referring]:
        zone = self._api.settings.time_zone
        rows = await self._api.rows(InvoiceRow, where, deadline=deadline)
        return [(row.purchase_order_by_customer, [invoice_record(row, zone)]) for row in rows]

    async def _returns(self, where: str, deadline: float) -> list[Referring]:
        zone = self._api.settings.time_zone
        rows = await self._api.rows(ReturnRow, where, deadline=deadline)
        return [(row.purchase_order_by_customer, [return_record(row, zone)]) for row in rows]

    async def stock(self, skus: Sequence[str], *, deadline: float) -> Mapping[str, tuple[StockLevel, ...]]:
        async def ask(materials: Sequence[str]) -> Mapping[str, list[StockRow]]:
            where = f"{any_of('Material', [each.upper() for each in materials])} and {UNRESTRICTED}"
            found: defaultdict[str, list[StockRow]] = defaultdict(list)
            for row in await self._api.rows(StockRow, where, deadline=deadline):
                found[material_number(row.material)].append(row)
            return found

        found = await in_chunks(askable(skus, MATERIAL_LENGTH_MAX), self._api.ids_per_query_max, ask)
        return {sku: stock_levels(found.get(material_number(sku), ())) for sku in skus}


def material_number(text: str) -> str:
    """As SAP compares them: without leading zeros, in capitals."""
    return bare(text.strip()).upper()


def stock_levels(rows: Sequence[StockRow]) -> tuple[StockLevel, ...]:
    """Of one material. Its batches at one place are one level; a quantity of kilograms counts as whole ones."""
    totals: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        totals[f"{row.plant}/{row.storage_location}"] += row.matl_wrhs_stk_qty_in_matl_base_unit or Decimal(0)
    return tuple(
        StockLevel(location, int(total.to_integral_value(ROUND_FLOOR))) for location, total in sorted(totals.items())
    )


def askable(ids: Sequence[str], length_max: int) -> list[str]:
    return [id_ for id_ in ids if 0 < len(id_.strip()) <= length_max and id_.isprintable()]


def _age(record: ErpDocumentRecord) -> tuple[datetime, int, str]:
    """Days without a time of day: what follows comes after what it follows from."""
    place = KINDS_IN_ORDER.index(record.kind) if record.kind in KINDS_IN_ORDER else len(KINDS_IN_ORDER)
    return record.created_at or datetime.min.replace(tzinfo=UTC), place, record.external_id
