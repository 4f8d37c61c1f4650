"""Salesforce rows as they arrive, and as the contract's records. A row's fields are what its query selects."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar, get_args

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


class OpportunityRow(Row):
    name: str
    stage_name: str
    amount: Decimal | None
    close_date: date
    created_date: datetime
    owner: Owner | None


class OpportunityRoleRow(Row):
    """The contact's part in an opportunity."""

    id: str
    role: str | None
    opportunity: OpportunityRow


class ContactWithCases(Row):
    id: str
    cases: QueryResult[CaseRow] | None


class ContactWithActivities(Row):
    id: str
    tasks: QueryResult[TaskRow] | None
    events: QueryResult[EventRow] | None
    opportunity_contact_roles: QueryResult[OpportunityRoleRow] | None = None
    """Absent where opportunities are not asked for."""


class CaseWithEmails(Row):
    contact_id: str
    email_messages: QueryResult[EmailMessageRow] | None


class CaseChangeRow(Row):
    id: str
    contact_id: str | None
    system_modstamp: datetime


class CaseTextRow(Row):
    id: str
    description: str | None


def selection(row_type: type[Row]) -> str:
    """`Id, Subject, Owner.Name` for a type with these fields."""
    return ", ".join(paths(row_type))


def paths(row_type: type[Row]) -> Iterable[str]:
    for field in msgspec.structs.fields(row_type):
        parent = _row_type(field.type)
        if parent:
            yield from (f"{field.encode_name}.{path}" for path in paths(parent))
        else:
            yield field.encode_name


def _row_type(field_type: object) -> type[Row] | None:
    for each in (field_type, *get_args(field_type)):
        if isinstance(each, type) and issubclass(each, Row):
            return each
    return None


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


def opportunity_record(row: OpportunityRoleRow) -> InteractionRecord:
    """Its role's Id names it: a contact may have several parts in one opportunity."""
    opportunity = row.opportunity
    lines = [f"Stage: {opportunity.stage_name}"]
    if opportunity.amount is not None:
        # The currency is the org's own or, in an org with many, a field that no other org has.
        lines.append(f"Amount: {opportunity.amount:,.2f}")
    lines.append(f"Close date: {opportunity.close_date}")
    if row.role:
        lines.append(f"Role: {row.role}")
    return InteractionRecord(
        external_id=row.id,
        kind=InteractionKind.SALES,
        at=opportunity.created_date,
        subject=f"{opportunity.name} ({opportunity.stage_name})",
        body="\n".join(lines),
        agent=opportunity.owner.name if opportunity.owner else None,
    )
