"""What an org lets us do, and which of the fields we use it has: compared with what it says of itself.

What an org's user may not see is absent from the describe calls, and a query that names it is refused as a whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.connectors.batching import side_by_side
from app.connectors.contract import SourceRefused
from app.connectors.ports.checking import Finding
from app.connectors.salesforce.api import Api, Description
from app.connectors.salesforce.contacts import ContactRow
from app.connectors.salesforce.mapping import (
    CaseChangeRow,
    CaseRow,
    CaseTextRow,
    EmailMessageRow,
    EventRow,
    OpportunityRow,
    Row,
    TaskRow,
    paths,
)

USAGE_MAX = 0.9
"""Ours: of the requests of 24 hours, when somebody should know."""


@dataclass(frozen=True, slots=True)
class Use:
    """What our queries and writes name of an object."""

    name: str
    selected: frozenset[str]
    filtered: frozenset[str] = frozenset()
    sorted: frozenset[str] = frozenset()
    created: frozenset[str] = frozenset()
    key_field: str | None = None
    children: frozenset[str] = frozenset()


def uses(contact_row: type[ContactRow], *, has_opportunities: bool, case_key_field: str | None) -> tuple[Use, ...]:
    """Of each object; tests/connectors/test_salesforce_check.py holds that they are what the queries name."""
    contact = Use(
        "Contact",
        selected=_own(contact_row),
        filtered=frozenset({"Id", "SystemModstamp"}),
        sorted=frozenset({"Id", "SystemModstamp"}),
        children=frozenset({"Cases", "Tasks", "Events"}),
    )
    case = Use(
        "Case",
        selected=_own(CaseRow, CaseChangeRow, CaseTextRow),
        filtered=frozenset({"Id", "ContactId", "Subject", "CreatedDate", "SystemModstamp"}),
        sorted=frozenset({"Id", "CreatedDate", "SystemModstamp"}),
        created=frozenset({"ContactId", "Subject", "Description", "Priority"}),
        key_field=case_key_field,
        children=frozenset({"EmailMessages"}),
    )
    task = Use(
        "Task",
        selected=_own(TaskRow),
        filtered=frozenset({"Id", "CreatedDate", "IsClosed", "TaskSubtype"}),
        sorted=frozenset({"Id", "CreatedDate"}),
    )
    event = Use(
        "Event",
        selected=_own(EventRow),
        filtered=frozenset({"Id", "StartDateTime", "IsChild"}),
        sorted=frozenset({"Id", "StartDateTime"}),
    )
    email = Use(
        "EmailMessage",
        selected=_own(EmailMessageRow),
        filtered=frozenset({"Id", "MessageDate", "Status"}),
        sorted=frozenset({"Id", "MessageDate"}),
    )
    always = (contact, Use("Account", selected=frozenset({"Name"})), case, task, event, email)
    if not has_opportunities:
        return always
    created_date = frozenset({"CreatedDate"})
    role = Use(
        "OpportunityContactRole",
        selected=frozenset({"Id", "Role"}),
        filtered=frozenset({"Id"}),
        sorted=frozenset({"Id"}),
    )
    opportunity = Use("Opportunity", selected=_own(OpportunityRow), filtered=created_date, sorted=created_date)
    contact = replace(contact, children=contact.children | {"OpportunityContactRoles"})
    return (contact, *always[1:], role, opportunity)


def _own(*row_types: type[Row]) -> frozenset[str]:
    """Without what is reached through a dot."""
    return frozenset(path for each in row_types for path in paths(each) if "." not in path)


class Check:
    def __init__(
        self, api: Api, *, contact_row: type[ContactRow], has_opportunities: bool, case_key_field: str | None
    ) -> None:
        self._api = api
        self._uses = uses(contact_row, has_opportunities=has_opportunities, case_key_field=case_key_field)

    async def check(self, *, deadline: float) -> tuple[Finding, ...]:
        # One request alone first, so that wrong credentials are found once.
        first, *others = self._uses
        try:
            found = [await self._look_at(first, deadline)]
        except SourceRefused as refused:
            return (Finding("credentials", is_ok=False, detail=f"{refused.message}."),)
        found += await side_by_side(*(self._look_at(use, deadline) for use in others))
        signed_in = Finding("credentials", is_ok=True, detail="Salesforce gives us a token and accepts it.")
        return (signed_in, *found, *self._usage())

    async def _look_at(self, use: Use, deadline: float) -> Finding:
        what = f"object {use.name}"
        try:
            described = await self._api.describe(use.name, deadline)
        except SourceRefused as refused:
            if refused.status != 404:
                raise
            detail = "It is not there for our user, who needs the permission to read it."
            if use.name.startswith("Opportunity"):
                detail += ' Or leave opportunities out: opportunities = "no" in the settings.'
            return Finding(what, is_ok=False, detail=detail)
        problems = [*_problems(use, described)]
        count = len(use.selected | use.filtered | use.sorted | use.created)
        detail = f"Amiss: {'; '.join(problems)}." if problems else f"The fields that we use are there: {count}."
        return Finding(what, is_ok=not problems, detail=detail)

    def _usage(self) -> Sequence[Finding]:
        usage = self._api.usage
        if usage is None:
            return ()
        detail = f"{usage.used:,} of {usage.allowed:,} requests of the org in 24 hours are used."
        return (Finding("requests", is_ok=usage.used < USAGE_MAX * usage.allowed, detail=detail),)


def _problems(use: Use, described: Description) -> Iterable[str]:
    fields = {field.name: field for field in described.fields}
    if missing := sorted((use.selected | use.filtered | use.sorted | use.created) - fields.keys()):
        yield f"not there, or our user may not see them: {', '.join(missing)}"
    if hidden := sorted(name for name in use.filtered & fields.keys() if not fields[name].filterable):
        yield f"cannot be filtered by: {', '.join(hidden)}"
    if unsorted := sorted(name for name in use.sorted & fields.keys() if not fields[name].sortable):
        yield f"cannot be sorted by: {', '.join(unsorted)}"
    if use.created and not described.createable:
        yield "our user may not create any"
    key = fields.get(use.key_field or "")
    written = use.created | ({key.name} if key else frozenset())
    if fixed := sorted(name for name in written & fields.keys() if not fields[name].createable):
        yield f"our user may not set: {', '.join(fixed)}"
    if use.key_field and not (key and key.external_id):
        yield f"{use.key_field} is no external id field that our user may see"
    elif key and not key.unique:
        yield f"{use.key_field} is not unique, so a key may open two cases"
    if lacking := sorted(use.children - {each.relationship_name for each in described.child_relationships}):
        yield f"relationships that are not there: {', '.join(lacking)}"
