"""The queries this connector sends. Ids and times reach SOQL only through `quoted` and `timestamp`."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from app.connectors.contract import Window
from app.connectors.salesforce.mapping import CaseRow, EmailMessageRow, EventRow, TaskRow, selection

RECORD_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")

Query = Callable[[Iterable[str], Window], str]

# One query serves many contacts: the subquery's ORDER BY and LIMIT hold for each parent alone. One row more than
# asked for tells whether there is a next page.


def cases_of_contacts(contact_ids: Iterable[str], window: Window) -> str:
    cases = _newest(selection(CaseRow), "Cases", "CreatedDate", window)
    return f"SELECT Id, ({cases}) FROM Contact WHERE Id IN ({_list(contact_ids)})"  # noqa: S608


def activities_of_contacts(contact_ids: Iterable[str], window: Window) -> str:
    """Completed tasks and meetings. An e-mail's task is left out: the message itself is asked for."""
    tasks = _newest(
        selection(TaskRow), "Tasks", "CreatedDate", window, where=("IsClosed = true", "TaskSubtype != 'Email'")
    )
    events = _newest(selection(EventRow), "Events", "StartDateTime", window, where=("IsChild = false",))
    return f"SELECT Id, ({tasks}), ({events}) FROM Contact WHERE Id IN ({_list(contact_ids)})"  # noqa: S608


def emails_of_contacts(contact_ids: Iterable[str], window: Window) -> str:
    """By way of their cases: the newest of a contact are among the newest of each of its cases."""
    emails = _newest(
        selection(EmailMessageRow), "EmailMessages", "MessageDate", window, where=("MessageDate != null", NOT_A_DRAFT)
    )
    return f"SELECT ContactId, ({emails}) FROM Case WHERE ContactId IN ({_list(contact_ids)})"  # noqa: S608


NOT_A_DRAFT = "Status != '5'"


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
