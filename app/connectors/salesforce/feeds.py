"""Contacts that changed, and contacts whose cases did: by the time of the change, then by Id."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from app.connectors.batching import in_chunks
from app.connectors.ports.feeds import Changes, CustomerRecord
from app.connectors.salesforce import soql
from app.connectors.salesforce.api import Api
from app.connectors.salesforce.contacts import ContactRow, customer_record
from app.connectors.salesforce.mapping import CaseChangeRow, QueryResult
from app.connectors.salesforce.soql import Position

IN_FLIGHT = timedelta(minutes=10)
"""How long a change may stay unseen after its time: a transaction gives its rows a SystemModstamp before it ends.

Ours: the longest a request may take, https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/
guide/salesforce-app-limits-platform-api.html, read 2026-11.
"""
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\S+)(?: ([A-Za-z0-9]{15,18}))?")


class Feeds:
    def __init__(
        self, api: Api, *, contact_row: type[ContactRow], ids_per_query_max: int, changes_per_page: int
    ) -> None:
        self._api = api
        self._contact_row = contact_row
        self._contacts = QueryResult[contact_row]  # type: ignore[valid-type]
        self._ids_per_query_max = ids_per_query_max
        self._changes_per_page = changes_per_page

    async def changed_customers(self, cursor: str | None, *, deadline: float) -> Changes[CustomerRecord]:
        position = _position(cursor)
        query = soql.contacts_changed_after(position, self._contact_row, self._changes_per_page)
        rows: list[ContactRow] = await self._api.query(query, self._contacts, deadline, with_deleted=True)
        return Changes(
            items=tuple(customer_record(row) for row in rows if not row.is_deleted),
            gone=tuple(row.id for row in rows if row.is_deleted),
            cursor=self._cursor_after(rows, position or Position(BEGINNING)),
            has_more=self._has_more(rows),
        )

    async def customers_by_id(
        self, external_ids: Sequence[str], *, deadline: float
    ) -> Mapping[str, CustomerRecord | None]:
        async def ask(contact_ids: Sequence[str]) -> dict[str, CustomerRecord]:
            rows: list[ContactRow] = await self._api.query(
                soql.contacts_by_id(self._contact_row, contact_ids), self._contacts, deadline
            )
            return {row.id[:15]: customer_record(row) for row in rows}

        askable = [id_ for id_ in external_ids if soql.RECORD_ID.fullmatch(id_)]
        found = await in_chunks(askable, self._ids_per_query_max, ask)
        return dict.fromkeys(external_ids) | {id_: found.get(id_[:15]) for id_ in askable}

    async def changed_cases(self, cursor: str | None, *, deadline: float) -> Changes[str]:
        """Each contact by its Id of 18 characters and of 15, since either may be known."""
        position = _position(cursor)
        if position is None:
            newest = await self._api.query(soql.latest_changed_case(), QueryResult[CaseChangeRow], deadline)
            return Changes(items=(), cursor=self._cursor_after(newest, Position(BEGINNING)), has_more=False)
        query = soql.cases_changed_after(position, self._changes_per_page)
        rows = await self._api.query(query, QueryResult[CaseChangeRow], deadline, with_deleted=True)
        contact_ids = dict.fromkeys(row.contact_id for row in rows if row.contact_id)
        return Changes(
            items=tuple(id_ for contact_id in contact_ids for id_ in (contact_id, contact_id[:15])),
            cursor=self._cursor_after(rows, position),
            has_more=self._has_more(rows),
        )

    def _has_more(self, rows: Sequence[object]) -> bool:
        return len(rows) == self._changes_per_page

    def _cursor_after(self, rows: Sequence[ContactRow] | Sequence[CaseChangeRow], before: Position) -> str:
        """Behind the last row, but at the end of the changes not behind what may still come to light."""
        last = Position(rows[-1].system_modstamp, rows[-1].id) if rows else before
        may_come = self._api.clock - IN_FLIGHT
        if not self._has_more(rows) and last.at > may_come:
            last = Position(may_come)
        return f"{soql.timestamp(last.at)} {last.external_id}".rstrip()


def _position(cursor: str | None) -> Position | None:
    """Of a cursor that we wrote; any other text begins anew, which does no harm."""
    found = CURSOR.fullmatch(cursor or "")
    return Position(datetime.fromisoformat(found[1]), found[2] or "") if found else None
