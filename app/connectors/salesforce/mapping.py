"""Salesforce rows as they arrive, and as the contract's records. A row's fields are what its query selects."""

from collections.abc import Iterable
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from app.connectors.ports.crm import CaseRecord, InteractionKind, InteractionRecord

TASK_KINDS = {
    "Call": InteractionKind.CALL,
    "ListEmail": InteractionKind.EMAIL,
    "LinkedIn": InteractionKind.SOCIAL,
    "Cadence": InteractionKind.SALES,
}
"""Task.TaskSubtype; every other completed task is a note of what an agent did."""


R = TypeVar("R")


class Row(msgspec.Struct, rename="pascal"):
    pass


class QueryResult(msgspec.Struct, Generic[R], rename="camel"):
    """One page of rows; a relationship's rows come as one, too."""

    records: list[R]
    done: bool
    next_records_url: str | None = None


class Owner(Row):
    name: str | None


class CaseRow(Row):
    id: str
    case_number: str
    subject: str | None
    status: str
    priority: str | None
    origin: str | None
    created_date: datetime
    closed_date: datetime | None


class TaskRow(Row):
    id: str
    subject: str | None
    description: str | None
    task_subtype: str | None
    call_type: str | None
    created_date: datetime
    owner: Owner | None


class EventRow(Row):
    id: str
    subject: str | None
    description: str | None
    start_date_time: datetime
    owner: Owner | None


class EmailMessageRow(Row):
    id: str
    subject: str | None
    text_body: str | None
    from_name: str | None
    incoming: bool
    message_date: datetime


class ContactWithCases(Row):
    id: str
    cases: QueryResult[CaseRow] | None


class ContactWithActivities(Row):
    id: str
    tasks: QueryResult[TaskRow] | None
    events: QueryResult[EventRow] | None


class CaseWithEmails(Row):
    contact_id: str
    email_messages: QueryResult[EmailMessageRow] | None


def selection(row_type: type[Row]) -> str:
    """`Id, Subject, Owner.Name` for a type with these fields."""
    return ", ".join(_paths(row_type))


def _paths(row_type: type[Row]) -> Iterable[str]:
    for field in msgspec.structs.fields(row_type):
        if field.type == Owner | None:
            yield from (f"{field.encode_name}.{path}" for path in _paths(Owner))
        else:
            yield field.encode_name


def case_record(row: CaseRow, *, base_url: str) -> CaseRecord:
    return CaseRecord(
        external_id=row.id,
        number=row.case_number,
        subject=row.subject or "",
        status=row.status,
        priority=row.priority,
        channel=row.origin,
        opened_at=row.created_date,
        closed_at=row.closed_date,
        url=f"{base_url}/{row.id}",
    )


def task_record(row: TaskRow) -> InteractionRecord:
    kind = InteractionKind.CALL if row.call_type else TASK_KINDS.get(row.task_subtype or "", InteractionKind.NOTE)
    return InteractionRecord(
        external_id=row.id,
        kind=kind,
        at=row.created_date,
        subject=row.subject,
        body=row.description,
        agent=row.owner.name if row.owner else None,
    )


def event_record(row: EventRow) -> InteractionRecord:
    return InteractionRecord(
        external_id=row.id,
        kind=InteractionKind.MEETING,
        at=row.start_date_time,
        subject=row.subject,
        body=row.description,
        agent=row.owner.name if row.owner else None,
    )


def email_record(row: EmailMessageRow) -> InteractionRecord:
    return InteractionRecord(
        external_id=row.id,
        kind=InteractionKind.EMAIL,
        at=row.message_date,
        subject=row.subject,
        body=row.text_body,
        # The sender of an incoming message is the customer, not one of ours.
        agent=None if row.incoming else row.from_name,
    )
