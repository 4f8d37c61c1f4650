"""What is copied: customers that changed, by day and then by number; and all stock, from the first material on.

A cursor of customers is `since|began|after`: what has changed since then, in a run that began at that time by SAP's
clock, behind that business partner. The next run looks from where this one began, so nothing that changes under way is
missed. A cursor of stock is the last material that was told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from app.connectors.batching import in_chunks
from app.connectors.ports.feeds import Changes, CustomerRecord, StockRecord
from app.connectors.sap.api import SapApi
from app.connectors.sap.mapping import StockRow
from app.connectors.sap.odata import any_of, bare, day_literal, quoted
from app.connectors.sap.partners import PartnerRow, changed_at, customer_record, external_id
from app.connectors.sap.reads import PARTNER_LENGTH_MAX, UNRESTRICTED, askable, stock_levels

PARTNERS_PER_PAGE = 200
STOCK_ROWS_PER_PAGE = 1_000
LOOK_BACK = timedelta(minutes=10)
"""Ours: a change is dated before it is saved, and the clocks of a system's servers differ."""


@dataclass(frozen=True, slots=True)
class CustomerCursor:
    since: datetime | None = None
    began: datetime | None = None
    after: str = ""

    @classmethod
    def parse(cls, text: str | None) -> "CustomerCursor":
        since, _, rest = (text or "").partition("|")
        began, _, after = rest.partition("|")
        return cls(_time(since), _time(began), after)

    def __str__(self) -> str:
        return "|".join(
            (self.since.isoformat() if self.since else "", self.began.isoformat() if self.began else "", self.after)
        )


class SapFeeds:
    _api: SapApi

    async def changed_customers(self, cursor: str | None, *, deadline: float) -> Changes[CustomerRecord]:
        at, zone = CustomerCursor.parse(cursor), self._api.settings.time_zone
        asked = {
            "$filter": self._changed(at),
            "$orderby": "BusinessPartner",
            "$top": str(PARTNERS_PER_PAGE),
        }
        page = await self._api.page(PartnerRow, asked, deadline=deadline)
        began = at.began or page.answered_at
        # SAP filters by the day, we by the minute.
        rows = [row for row in page.rows if at.since is None or changed_at(row, zone) >= at.since]
        guests = bare(self._api.settings.guest_customer or "")
        rows = [row for row in rows if bare(row.business_partner) != guests]
        has_more = bool(page.rows) and (len(page.rows) == PARTNERS_PER_PAGE or page.following is not None)
        following = (
            CustomerCursor(at.since, began, page.rows[-1].business_partner)
            if has_more
            else CustomerCursor(began - LOOK_BACK if began else at.since)
        )
        return Changes(
            items=tuple(customer_record(row, zone) for row in rows if not row.is_marked_for_archiving),
            cursor=str(following),
            has_more=has_more,
            gone=tuple(external_id(row) for row in rows if row.is_marked_for_archiving),
        )

    def _changed(self, at: CustomerCursor) -> str:
        conditions = ["Customer ne ''"]
        if at.since is not None:
            day = day_literal(at.since.astimezone(self._api.settings.time_zone).date())
            conditions.append(f"(LastChangeDate ge {day} or CreationDate ge {day})")
        if at.after:
            conditions.append(f"BusinessPartner gt {quoted(at.after)}")
        return " and ".join(conditions)

    async def customers_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, CustomerRecord | None]:
        zone = self._api.settings.time_zone

        async def ask(ids: Sequence[str]) -> Mapping[str, CustomerRecord]:
            rows = await self._api.rows(PartnerRow, any_of("BusinessPartner", ids), deadline=deadline)
            return {bare(row.business_partner): customer_record(row, zone) for row in rows}

        found = await in_chunks(askable(external_ids, PARTNER_LENGTH_MAX), self._api.ids_per_query_max, ask)
        return {id_: found.get(bare(id_)) for id_ in external_ids}

    async def changed_stock(self, cursor: str | None, *, deadline: float) -> Changes[StockRecord]:
        asked = {
            "$filter": f"{UNRESTRICTED} and Material gt {quoted(cursor)}" if cursor else UNRESTRICTED,
            "$orderby": "Material,Plant,StorageLocation",
            "$top": str(STOCK_ROWS_PER_PAGE),
        }
        page = await self._api.page(StockRow, asked, deadline=deadline)
        by_material = {material: list(rows) for material, rows in groupby(page.rows, lambda row: row.material)}
        has_more = bool(page.rows) and (len(page.rows) == STOCK_ROWS_PER_PAGE or page.following is not None)
        if has_more:
            # The last one may go on behind the page. It is the next page's, unless it fills the page by itself.
            last, _ = by_material.popitem()
            if not by_material:
                by_material[last] = await self._api.rows(
                    StockRow, f"Material eq {quoted(last)} and {UNRESTRICTED}", deadline=deadline
                )
        records = [StockRecord(sku=material, levels=stock_levels(rows)) for material, rows in by_material.items()]
        return Changes(items=tuple(records), cursor=records[-1].sku if has_more else "", has_more=has_more)


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
