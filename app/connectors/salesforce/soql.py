"""The queries this connector sends. Ids and times reach SOQL only through `quoted` and `timestamp`."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.connectors.contract import Window
from app.connectors.salesforce.contacts import ContactRow
from app.connectors.salesforce.mapping import (
    CaseChangeRow,
    CaseRow,
    CaseTextRow,
    EmailMessageRow,
    EventRow,
    OpportunityRoleRow,
    TaskRow,
    selection,
)

RECORD_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")

Query = Callable[[Iterable[str], Window], str]

# One query serves many contacts: the subquery's ORDER BY and LIMIT hold for each parent alone. One row more than
# asked for tells whether there is a next page.


def cases_of_contacts(contact_ids: Iterable[str], window: Window) -> str:
    cases = _newest(selection(CaseRow), "Cases", "CreatedDate", window)
    return f"SELECT Id, ({cases}) FROM Contact WHERE Id IN ({_list(contact_ids)})"  # noqa: S608


def activities_of_contacts(contact_ids: Iterable[str], window: Window) -> str:
    """Completed tasks and meetings. An e-mail's task is left out: the message itself is asked for."""
    return _activities_of_contacts(contact_ids, *_activities(window))


def activities_and_opportunities_of_contacts(contact_ids: Iterable[str], window: Window) -> str:
    """And the opportunities in which a contact has a part, from when they were entered."""
    roles = _newest(selection(OpportunityRoleRow), "OpportunityContactRoles", "Opportunity.CreatedDate", window)
    return _activities_of_contacts(contact_ids, *_activities(window), roles)


def _activities(window: Window) -> tuple[str, str]:
    tasks = _newest(
        selection(TaskRow), "Tasks", "CreatedDate", window, where=("IsClosed = true", "TaskSubtype != 'Email'")
    )
    events = _newest(selection(EventRow), "Events", "StartDateTime", window, where=("IsChild = false",))
    return tasks, events


def _activities_of_contacts(contact_ids: Iterable[str], *subqueries: str) -> str:
    relations = ", ".join(f"({each})" for each in subqueries)
    return f"SELECT Id, {relations} FROM Contact WHERE Id IN ({_list(contact_ids)})"  # noqa: S608


def emails_of_contacts(contact_ids: Iterable[str], window: Window) -> str:
    """By way of their cases: the newest of a contact are among the newest of each of its cases."""
    emails = _newest(
        selection(EmailMessageRow), "EmailMessages", "MessageDate", window, where=("MessageDate != null", NOT_A_DRAFT)
    )
    return f"SELECT ContactId, ({emails}) FROM Case WHERE ContactId IN ({_list(contact_ids)})"  # noqa: S608


NOT_A_DRAFT = "Status != '5'"


def contacts_by_id(row_type: type[ContactRow], contact_ids: Iterable[str]) -> str:
    return f"SELECT {selection(row_type)} FROM Contact WHERE Id IN ({_list(contact_ids)})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Position:
    """In the order of changes: all up to `external_id` of this moment, or without one nothing of it, are known."""

    at: datetime
    external_id: str = ""


def contacts_changed_after(position: Position | None, row_type: type[ContactRow], rows_max: int) -> str:
    return _changed_after(position, selection(row_type), "Contact", rows_max)


def cases_changed_after(position: Position, rows_max: int) -> str:
    return _changed_after(position, selection(CaseChangeRow), "Case", rows_max)


def latest_changed_case() -> str:
    newest = "ORDER BY SystemModstamp DESC, Id DESC LIMIT 1"
    return f"SELECT {selection(CaseChangeRow)} FROM Case {newest}"  # noqa: S608


def cases_like(contact_id: str | None, subject: str, since: datetime, rows_max: int) -> str:
    """With their descriptions, which can be read and not be asked for.

    A contact's are found by the contact; those of nobody are too many to look through but by time, which has an index.
    """
    whose = (
        f"ContactId = {quoted(contact_id)}" if contact_id else f"ContactId = null AND CreatedDate >= {timestamp(since)}"
    )
    newest = f"ORDER BY CreatedDate DESC, Id DESC LIMIT {rows_max}"
    return f"SELECT {selection(CaseTextRow)} FROM Case WHERE {whose} AND Subject = {quoted(subject)} {newest}"  # noqa: S608


def _changed_after(position: Position | None, fields: str, object_name: str, rows_max: int) -> str:
    where = ""
    if position is not None:
        at = timestamp(position.at)
        where = f" WHERE SystemModstamp >= {at}"
        if position.external_id:
            rest = f"(SystemModstamp = {at} AND Id > {quoted(position.external_id)})"
            where = f" WHERE (SystemModstamp > {at} OR {rest})"
    oldest = f"ORDER BY SystemModstamp, Id LIMIT {rows_max}"
    return f"SELECT {fields} FROM {object_name}{where} {oldest}"  # noqa: S608


def quoted(text: str) -> str:
    """A string literal: backslash and quote are escaped, see "Quoted String Escape Sequences" in the SOQL reference."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def timestamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def _newest(fields: str, relation: str, time_field: str, window: Window, *, where: tuple[str, ...] = ()) -> str:
    conditions = (*where, *_following(time_field, window))
    restriction = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = f"ORDER BY {time_field} DESC, Id DESC LIMIT {window.first + 1}"
    return f"SELECT {fields} FROM {relation}{restriction} {order}"  # noqa: S608


def _following(time_field: str, window: Window) -> Iterable[str]:
    if window.after is None:
        return
    at, external_id = timestamp(window.after[0]), window.after[1]
    if RECORD_ID.fullmatch(external_id):
        yield f"({time_field} < {at} OR ({time_field} = {at} AND Id < {quoted(external_id)}))"
    else:
        # The last item seen was another source's; Salesforce compares an Id with nothing but its like.
        yield f"{time_field} < {at}"


def _list(ids: Iterable[str]) -> str:
    return ", ".join(quoted(id_) for id_ in ids)
