"""The rows of a sandboxed org, which change: what it begins with, what clients write, what its control changes."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from app.sandbox.data import Row, SalesforceOrg
from app.sandbox.effects import Effects
from app.sandbox.salesforce.objects import OBJECTS, FieldType, ObjectType, visible_objects

BEGAN_AT = "2026-01-01T00:00:00.000+0000"
"""Of rows that do not say when they were made."""
FIRST_NUMBER = 900_000


class NotWritten(Exception):
    """Why a record is refused, as the REST API tells it."""

    def __init__(self, error_code: str, message: str, *fields: str) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.fields = fields


class Records:
    def __init__(self, org: SalesforceOrg, *, now: Callable[[], float]) -> None:
        self.objects: dict[str, ObjectType] = visible_objects(org.hidden)
        self.effects = Effects()
        self._now = now
        self._rows = {name: {row["Id"][:15]: _complete(row) for row in org.rows(name)} for name in OBJECTS}
        self._next_number = FIRST_NUMBER

    def rows(self, object_name: str, *, with_deleted: bool = False) -> Iterator[Row]:
        return (row for row in self._rows[object_name].values() if with_deleted or not row["IsDeleted"])

    def find(self, object_name: str, record_id: str | None) -> Row | None:
        row = self._rows[object_name].get((record_id or "")[:15])
        return row if row and not row["IsDeleted"] else None

    def find_by(self, object_name: str, field: str, value: str) -> Row | None:
        """By an external id, which is compared without regard to case."""
        wanted = value.casefold()
        return next((row for row in self.rows(object_name) if str(row.get(field) or "").casefold() == wanted), None)

    def create(self, object_name: str, fields: Mapping[str, Any], *, key: str) -> str:
        """Its Id. `key` is what this effect counts under. Raises NotWritten."""
        self._require_writable(object_name, fields)
        self._next_number += 1
        record_id = f"{self.objects[object_name].prefix}Hs0000{self._next_number:06d}AAA"
        at = self._time()
        row = {"Id": record_id, "CreatedDate": at} | dict(fields)
        if object_name == "Case":
            row |= {"CaseNumber": f"{self._next_number:08d}", "IsClosed": False, "ClosedDate": None}
            row.setdefault("Status", "New")
        self._rows[object_name][record_id[:15]] = _complete(row)
        self.effects.happened(object_name.lower(), key)
        return record_id

    def update(self, object_name: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Raises NotWritten."""
        self._require_writable(object_name, fields)
        self.change(object_name, record_id, fields)

    def change(self, object_name: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """By somebody in the org, who may change more than a client."""
        at = self._time()
        self._rows[object_name][record_id[:15]].update(fields, LastModifiedDate=at, SystemModstamp=at)

    def _require_writable(self, object_name: str, fields: Mapping[str, Any]) -> None:
        described = self.objects[object_name]
        for name, value in fields.items():
            kind = described.fields.get(name)
            if kind in (None, FieldType.OWNER):
                message = f"No such column '{name}' on sobject of type {object_name}"
                raise NotWritten("INVALID_FIELD", message)
            if name not in described.createable:
                message = f"Unable to create/update fields: {name}. Please check the security settings of this field."
                raise NotWritten("INVALID_FIELD_FOR_INSERT_UPDATE", message, name)
            longest = described.lengths.get(name)
            if longest and len(str(value)) > longest:
                message = f"{name}: data value too large: {str(value)[:40]} (max length={longest})"
                raise NotWritten("STRING_TOO_LONG", message, name)
        contact_id = fields.get("ContactId")
        if contact_id is not None and not (len(contact_id) in (15, 18) and contact_id.startswith("003")):
            raise NotWritten("MALFORMED_ID", f"Contact ID: id value of incorrect type: {contact_id}", "ContactId")
        if contact_id is not None and self.find("Contact", contact_id) is None:
            raise NotWritten("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")

    def _time(self) -> str:
        return datetime.fromtimestamp(self._now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _complete(row: Row) -> dict[str, Any]:
    created = row.get("CreatedDate") or BEGAN_AT
    changed = row.get("LastModifiedDate") or created
    defaults = {"CreatedDate": created, "LastModifiedDate": changed, "SystemModstamp": changed, "IsDeleted": False}
    return defaults | dict(row)
