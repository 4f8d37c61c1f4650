"""The objects the sandboxed org has: names and types as Salesforce's own describe calls give them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto


class FieldType(Enum):
    ID = auto()
    TEXT = auto()
    LONG_TEXT = auto()
    """May be selected, not filtered."""
    BOOLEAN = auto()
    DATETIME = auto()
    PARENT = auto()
    """An object to reach through a dot: Owner.Name."""


@dataclass(frozen=True)
class ObjectType:
    fields: Mapping[str, FieldType]
    children: Mapping[str, tuple[str, str]]
    """By relationship: the child object and its field that names this object."""

    def type_of(self, path: str) -> FieldType | None:
        first, _, rest = path.partition(".")
        if not rest:
            found = self.fields.get(first)
            return None if found is FieldType.PARENT else found
        is_name_of_parent = self.fields.get(first) is FieldType.PARENT and rest == "Name"
        return FieldType.TEXT if is_name_of_parent else None


def _fields(
    *, ids: str, texts: str, datetimes: str, long_texts: str = "", booleans: str = "", parents: str = "Owner"
) -> dict[str, FieldType]:
    kinds = {
        FieldType.ID: ids,
        FieldType.TEXT: texts,
        FieldType.DATETIME: datetimes,
        FieldType.LONG_TEXT: long_texts,
        FieldType.BOOLEAN: booleans,
        FieldType.PARENT: parents,
    }
    return {name: kind for kind, names in kinds.items() for name in names.split()}


OBJECTS: Mapping[str, ObjectType] = {
    "Contact": ObjectType(
        _fields(
            ids="Id AccountId OwnerId",
            texts=(
                "Name FirstName LastName Email Phone MobilePhone Title LeadSource "
                "MailingCity MailingState MailingPostalCode MailingCountry"
            ),
            long_texts="MailingStreet Description",
            booleans="IsDeleted",
            datetimes="CreatedDate LastModifiedDate SystemModstamp",
        ),
        {"Cases": ("Case", "ContactId"), "Tasks": ("Task", "WhoId"), "Events": ("Event", "WhoId")},
    ),
    "Case": ObjectType(
        _fields(
            ids="Id ContactId AccountId ParentId OwnerId",
            texts="CaseNumber Subject Status Priority Origin Type Reason",
            long_texts="Description",
            booleans="IsClosed IsEscalated",
            datetimes="CreatedDate ClosedDate LastModifiedDate SystemModstamp",
        ),
        {"EmailMessages": ("EmailMessage", "ParentId")},
    ),
    "Task": ObjectType(
        _fields(
            ids="Id WhoId WhatId AccountId OwnerId",
            texts="Subject Status Priority TaskSubtype CallType CallDisposition",
            long_texts="Description",
            booleans="IsClosed IsHighPriority",
            datetimes="CreatedDate LastModifiedDate SystemModstamp",
        ),
        {},
    ),
    "Event": ObjectType(
        _fields(
            ids="Id WhoId WhatId AccountId OwnerId",
            texts="Subject Location EventSubtype",
            long_texts="Description",
            booleans="IsChild IsPrivate IsAllDayEvent",
            datetimes="StartDateTime EndDateTime ActivityDateTime CreatedDate LastModifiedDate SystemModstamp",
        ),
        {},
    ),
    "EmailMessage": ObjectType(
        _fields(
            ids="Id ParentId ActivityId",
            texts="Subject Status FromName FromAddress ToAddress",
            long_texts="TextBody HtmlBody",
            booleans="Incoming HasAttachment",
            datetimes="MessageDate CreatedDate LastModifiedDate SystemModstamp",
            parents="",
        ),
        {},
    ),
}
