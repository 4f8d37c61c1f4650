"""The objects the sandboxed org has: names, types and flags as Salesforce's own describe calls give them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Any, TypeVar

V = TypeVar("V")


class FieldType(Enum):
    ID = auto()
    TEXT = auto()
    LONG_TEXT = auto()
    """May be selected, not filtered."""
    BOOLEAN = auto()
    DATETIME = auto()
    DATE = auto()
    NUMBER = auto()
    OWNER = auto()
    """An object of one of several types, to reach through a dot: Owner.Name."""


DESCRIBED_AS = {
    FieldType.ID: "reference",
    FieldType.TEXT: "string",
    FieldType.LONG_TEXT: "textarea",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATETIME: "datetime",
    FieldType.DATE: "date",
    FieldType.NUMBER: "currency",
}


@dataclass(frozen=True)
class ObjectType:
    prefix: str
    """Of its Ids."""
    fields: Mapping[str, FieldType]
    children: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By relationship: the child object and its field that names this object."""
    parents: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By relationship: the parent object and the field here that names it."""
    createable: frozenset[str] = frozenset()
    external_ids: frozenset[str] = frozenset()
    uniques: frozenset[str] = frozenset()
    lengths: Mapping[str, int] = field(default_factory=dict)

    def describe(self, name: str) -> dict[str, Any]:
        return {
            "name": name,
            "keyPrefix": self.prefix,
            "createable": bool(self.createable),
            "queryable": True,
            "fields": [self._describe(each) for each, kind in self.fields.items() if kind is not FieldType.OWNER],
            "childRelationships": [
                {"relationshipName": relation, "childSObject": child, "field": its_field}
                for relation, (child, its_field) in self.children.items()
            ],
        }

    def _describe(self, name: str) -> dict[str, Any]:
        kind = self.fields[name]
        relation = {its_field: relation for relation, (_, its_field) in self.parents.items()}.get(name)
        return {
            "name": name,
            "type": "id" if name == "Id" else DESCRIBED_AS[kind],
            "length": self.lengths.get(name, 0),
            "filterable": kind is not FieldType.LONG_TEXT,
            "sortable": kind is not FieldType.LONG_TEXT,
            "createable": name in self.createable,
            "updateable": name in self.createable,
            "externalId": name in self.external_ids,
            "unique": name in self.uniques,
            "custom": name.endswith("__c"),
            "relationshipName": relation,
        }


def _fields(
    *,
    ids: str,
    texts: str = "",
    datetimes: str = "CreatedDate LastModifiedDate SystemModstamp",
    long_texts: str = "",
    booleans: str = "",
    dates: str = "",
    numbers: str = "",
    owner: str = "Owner",
) -> dict[str, FieldType]:
    kinds = {
        FieldType.ID: ids,
        FieldType.TEXT: texts,
        FieldType.DATETIME: datetimes,
        FieldType.LONG_TEXT: long_texts,
        FieldType.BOOLEAN: f"{booleans} IsDeleted",
        FieldType.DATE: dates,
        FieldType.NUMBER: numbers,
        FieldType.OWNER: owner,
    }
    return {name: kind for kind, names in kinds.items() for name in names.split()}


CASE_KEY_FIELD = "Junction_Key__c"
"""The org's one custom field, made for a client's keys."""

OBJECTS: Mapping[str, ObjectType] = {
    "Account": ObjectType(
        "001", _fields(ids="Id OwnerId", texts="Name Type Phone Industry"), {"Contacts": ("Contact", "AccountId")}
    ),
    "Contact": ObjectType(
        "003",
        _fields(
            ids="Id AccountId OwnerId",
            texts=(
                "Name FirstName LastName Email Phone MobilePhone Title LeadSource "
                "MailingStreet MailingCity MailingState MailingPostalCode MailingCountry"
            ),
            long_texts="Description",
        ),
        {
            "Cases": ("Case", "ContactId"),
            "Tasks": ("Task", "WhoId"),
            "Events": ("Event", "WhoId"),
            "OpportunityContactRoles": ("OpportunityContactRole", "ContactId"),
        },
        {"Account": ("Account", "AccountId")},
    ),
    "Case": ObjectType(
        "500",
        _fields(
            ids="Id ContactId AccountId ParentId OwnerId",
            texts=f"CaseNumber Subject Status Priority Origin Type Reason {CASE_KEY_FIELD}",
            long_texts="Description",
            booleans="IsClosed IsEscalated",
            datetimes="CreatedDate ClosedDate LastModifiedDate SystemModstamp",
        ),
        {"EmailMessages": ("EmailMessage", "ParentId")},
        createable=frozenset(
            "ContactId AccountId ParentId OwnerId Subject Status Priority Origin Type Reason Description IsEscalated "
            f"{CASE_KEY_FIELD}".split()
        ),
        external_ids=frozenset({CASE_KEY_FIELD}),
        uniques=frozenset({CASE_KEY_FIELD}),
        lengths={"Subject": 255, "Description": 32_000, CASE_KEY_FIELD: 255},
    ),
    "Task": ObjectType(
        "00T",
        _fields(
            ids="Id WhoId WhatId AccountId OwnerId",
            texts="Subject Status Priority TaskSubtype CallType CallDisposition",
            long_texts="Description",
            booleans="IsClosed IsHighPriority",
        ),
    ),
    "Event": ObjectType(
        "00U",
        _fields(
            ids="Id WhoId WhatId AccountId OwnerId",
            texts="Subject Location EventSubtype",
            long_texts="Description",
            booleans="IsChild IsPrivate IsAllDayEvent",
            datetimes="StartDateTime EndDateTime ActivityDateTime CreatedDate LastModifiedDate SystemModstamp",
        ),
    ),
    "EmailMessage": ObjectType(
        "02s",
        _fields(
            ids="Id ParentId ActivityId",
            texts="Subject Status FromName FromAddress ToAddress",
            long_texts="TextBody HtmlBody",
            booleans="Incoming HasAttachment",
            datetimes="MessageDate CreatedDate LastModifiedDate SystemModstamp",
            owner="",
        ),
    ),
    "Opportunity": ObjectType(
        "006",
        _fields(
            ids="Id AccountId OwnerId",
            texts="Name StageName Type LeadSource",
            long_texts="Description",
            booleans="IsClosed IsWon",
            dates="CloseDate",
            numbers="Amount",
        ),
        {"OpportunityContactRoles": ("OpportunityContactRole", "OpportunityId")},
        {"Account": ("Account", "AccountId")},
    ),
    "OpportunityContactRole": ObjectType(
        "00K",
        _fields(ids="Id ContactId OpportunityId", texts="Role", booleans="IsPrimary", owner=""),
        parents={"Contact": ("Contact", "ContactId"), "Opportunity": ("Opportunity", "OpportunityId")},
    ),
}


def visible_objects(hidden: frozenset[str]) -> dict[str, ObjectType]:
    """Without those that a user may not see, such as `Opportunity`, and without their fields: `Contact.Email`."""
    return {
        name: replace(each, fields=_without(each.fields, name, hidden), children=_without(each.children, name, hidden))
        for name, each in OBJECTS.items()
        if name not in hidden
    }


def _without(members: Mapping[str, V], name: str, hidden: frozenset[str]) -> dict[str, V]:
    return {each: value for each, value in members.items() if f"{name}.{each}" not in hidden}


def type_of(objects: Mapping[str, ObjectType], object_name: str, path: str) -> FieldType | None:
    """None where no such field can be seen."""
    here = objects[object_name]
    first, _, rest = path.partition(".")
    if not rest:
        found = here.fields.get(first)
        return None if found is FieldType.OWNER else found
    if first in here.parents and here.parents[first][0] in objects:
        return type_of(objects, here.parents[first][0], rest)
    return FieldType.TEXT if here.fields.get(first) is FieldType.OWNER and rest == "Name" else None
