"""Cases and interactions of contacts; an external id is a Contact's Id, of 15 or 18 characters."""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from app.connectors.batching import in_chunks, side_by_side
from app.connectors.contract import Page, Window
from app.connectors.ports.crm import CaseRecord, InteractionRecord
from app.connectors.salesforce import soql
from app.connectors.salesforce.api import Api
from app.connectors.salesforce.mapping import (
    CaseRow,
    CaseWithEmails,
    ContactWithActivities,
    ContactWithCases,
    EmailMessageRow,
    EventRow,
    OpportunityRoleRow,
    QueryResult,
    TaskRow,
    case_record,
    email_record,
    event_record,
    opportunity_record,
    task_record,
)

T = TypeVar("T")
Found = defaultdict[str, list[T]]
"""Records by contact."""


class Reads:
    def __init__(self, api: Api, *, ids_per_query_max: int, has_opportunities: bool) -> None:
        self._api = api
        self._ids_per_query_max = ids_per_query_max
        self._activities_query = (
            soql.activities_and_opportunities_of_contacts if has_opportunities else soql.activities_of_contacts
        )

    async def cases(
        self, external_ids: Sequence[str], window: Window, *, deadline: float
    ) -> Mapping[str, Page[CaseRecord]]:
        async def ask(contact_ids: Sequence[str]) -> Found[CaseRecord]:
            query = soql.cases_of_contacts(contact_ids, window)
            found = Found[CaseRecord](list)
            for contact in await self._api.query(query, QueryResult[ContactWithCases], deadline):
                rows = await self._api.all_rows(contact.cases, QueryResult[CaseRow], deadline)
                found[contact.id] += (case_record(row, base_url=self._api.base_url) for row in rows)
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
        query = self._activities_query(contact_ids, window)
        found = Found[InteractionRecord](list)
        for contact in await self._api.query(query, QueryResult[ContactWithActivities], deadline):
            tasks = await self._api.all_rows(contact.tasks, QueryResult[TaskRow], deadline)
            events = await self._api.all_rows(contact.events, QueryResult[EventRow], deadline)
            shape = QueryResult[OpportunityRoleRow]
            roles = await self._api.all_rows(contact.opportunity_contact_roles, shape, deadline)
            found[contact.id] += (
                *map(task_record, tasks),
                *map(event_record, events),
                *map(opportunity_record, roles),
            )
        return found

    async def _emails(self, contact_ids: Sequence[str], window: Window, deadline: float) -> Found[InteractionRecord]:
        query = soql.emails_of_contacts(contact_ids, window)
        found = Found[InteractionRecord](list)
        for case in await self._api.query(query, QueryResult[CaseWithEmails], deadline):
            messages = await self._api.all_rows(case.email_messages, QueryResult[EmailMessageRow], deadline)
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


def _page(records: list[T], window: Window, position: Callable[[T], tuple[datetime, str]]) -> Page[T]:
    newest_first = sorted(records, key=position, reverse=True)
    return Page(tuple(newest_first[: window.first]), has_next=len(newest_first) > window.first)
