"""Reads cases and interactions of contacts; an external id is a Contact's Id, of 15 or 18 characters."""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from app.connectors.batching import in_chunks, side_by_side
from app.connectors.contract import Page, SourceGarbled, SourceInfo, Window
from app.connectors.manifest import Manifest
from app.connectors.ports.crm import CaseRecord, InteractionRecord
from app.connectors.salesforce import soql
from app.connectors.salesforce.auth import authorizer
from app.connectors.salesforce.mapping import (
    CaseRow,
    CaseWithEmails,
    ContactWithActivities,
    ContactWithCases,
    EmailMessageRow,
    EventRow,
    QueryResult,
    TaskRow,
    case_record,
    email_record,
    event_record,
    task_record,
)
from app.connectors.source_config import SourceConfig
from app.connectors.transport import Answer, Request, SourceTransport

R = TypeVar("R")
T = TypeVar("T")
Found = defaultdict[str, list[T]]
"""Records by contact."""


class SalesforceConnector:
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        self.info = info
        self._transport = transport
        self._authorizer = authorizer(config, transport)
        self._base_url = config.base_url.rstrip("/")
        self._query_path = f"/services/data/v{manifest.api_version}/query"
        self._ids_per_query_max = manifest.limit("ids_per_query")
        self._result_pages_max = manifest.limit("result_pages")

    async def cases(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[CaseRecord]]:
        async def ask(contact_ids: Sequence[str]) -> Found[CaseRecord]:
            query = soql.cases_of_contacts(contact_ids, window)
            found = Found[CaseRecord](list)
            for contact in await self._query(query, QueryResult[ContactWithCases], deadline):
                rows = await self._all(contact.cases, QueryResult[CaseRow], deadline)
                found[contact.id] += (case_record(row, base_url=self._base_url) for row in rows)
            return found

        found = await self._by_contact(external_ids, ask)
        return {
            id_: _page(records, window, lambda case: (case.opened_at, case.external_id))
            for id_, records in found.items()
        }

    async def interactions(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[InteractionRecord]]:
        async def ask(contact_ids: Sequence[str]) -> Found[InteractionRecord]:
            activities, emails = await side_by_side(
                self._activities(contact_ids, window, deadline), self._emails(contact_ids, window, deadline)
            )
            for contact_id, records in emails.items():
                activities[contact_id] += records
            return activities

        found = await self._by_contact(external_ids, ask)
        return {id_: _page(records, window, lambda each: (each.at, each.external_id)) for id_, records in found.items()}

    async def _activities(
        self, contact_ids: Sequence[str], window: Window, deadline: float
    ) -> Found[InteractionRecord]:
        query = soql.activities_of_contacts(contact_ids, window)
        found = Found[InteractionRecord](list)
        for contact in await self._query(query, QueryResult[ContactWithActivities], deadline):
            tasks = await self._all(contact.tasks, QueryResult[TaskRow], deadline)
            events = await self._all(contact.events, QueryResult[EventRow], deadline)
            found[contact.id] += (*map(task_record, tasks), *map(event_record, events))
        return found

    async def _emails(self, contact_ids: Sequence[str], window: Window, deadline: float) -> Found[InteractionRecord]:
        query = soql.emails_of_contacts(contact_ids, window)
        found = Found[InteractionRecord](list)
        for case in await self._query(query, QueryResult[CaseWithEmails], deadline):
            messages = await self._all(case.email_messages, QueryResult[EmailMessageRow], deadline)
            found[case.contact_id] += map(email_record, messages)
        return found

    async def _by_contact(
        self, external_ids: Sequence[str], ask: Callable[[Sequence[str]], Coroutine[Any, Any, Found[T]]]
    ) -> dict[str, list[T]]:
        # One id of another shape would make Salesforce refuse the whole query; no contact can have it.
        askable = [id_ for id_ in external_ids if soql.RECORD_ID.fullmatch(id_)]
        answered = await in_chunks(askable, self._ids_per_query_max, ask)
        # Answers use 18 characters, of which the last three repeat the case of the first 15.
        found = {id_[:15]: records for id_, records in answered.items()}
        return {id_: [] for id_ in external_ids} | {id_: found.get(id_[:15], []) for id_ in askable}

    async def _query(self, query: str, shape: type[QueryResult[R]], deadline: float) -> list[R]:
        return await self._all(await self._get(self._query_path, {"q": query}, shape, deadline), shape, deadline)

    async def _all(self, page: QueryResult[R] | None, shape: type[QueryResult[R]], deadline: float) -> list[R]:
        """A result's rows. A relationship's rows are paged too, when the rows of all its parents are many."""
        rows: list[R] = []
        for _ in range(self._result_pages_max):
            if page is None:
                return rows
            rows += page.records
            if page.done:
                return rows
            page = await self._get(self._following(page), None, shape, deadline)
        raise self._garbled(f"answered with more than {self._result_pages_max} pages")

    def _following(self, page: QueryResult[R]) -> str:
        # The path comes from outside and gets our token: it may lead nowhere but to the same resource.
        path = page.next_records_url or ""
        if not path.startswith(f"{self._query_path}/"):
            raise self._garbled("gave no usable address of the next page")
        return path

    async def _get(self, path: str, params: Mapping[str, str] | None, shape: type[T], deadline: float) -> T:
        request = Request("GET", path, params=params, repeatable=True, error_code=_error_code, name="query")
        return await self._transport.send(
            request, lambda answer: answer.decode(shape), deadline=deadline, authorizer=self._authorizer
        )

    def _garbled(self, what: str) -> SourceGarbled:
        return SourceGarbled(self.info.key, f"{self.info.key} {what}")


def _page(records: list[T], window: Window, position: Callable[[T], tuple[datetime, str]]) -> Page[T]:
    newest_first = sorted(records, key=position, reverse=True)
    return Page(tuple(newest_first[: window.first]), has_next=len(newest_first) > window.first)


class _Error(msgspec.Struct, rename="camel"):
    error_code: str


def _error_code(answer: Answer) -> str | None:
    try:
        errors = answer.decode(list[_Error])
    except SourceGarbled:
        return None
    return errors[0].error_code if errors else None
