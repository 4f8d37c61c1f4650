"""Salesforce's own describe calls, and where there is none of an object, the standard schema's names and types.

There is no published description of the REST API itself: its paths and errors are as its guide has them,
https://developer.salesforce.com/docs/atlas.en-us.262.0.api_rest.meta/api_rest/, read 2026-11.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from app.sandbox.salesforce.soql import Comparison, Condition, Junction, MalformedQuery, Membership, Select, parse
from tests.specifications.exchange import SPECS, Exchange, Violation

FOLDER = SPECS / "salesforce"

ROOT = r"/services/data/v67\.0"
RECORD_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000")
DATE = re.compile(r"\d{4}-\d\d-\d\d")

TYPES = {
    "id": "id", "reference": "id", "boolean": "boolean", "datetime": "datetime", "date": "date",
    "currency": "number", "double": "number", "percent": "number", "int": "number", "number": "number",
    "DateString": "date or datetime",
}  # fmt: skip
"""What is not here is a text."""


@dataclass(frozen=True)
class Field:
    """A flag is None where the source does not tell it."""

    type: str
    is_nillable: bool
    filterable: bool | None = None
    sortable: bool | None = None
    createable: bool | None = None
    length: int | None = None


@dataclass(frozen=True)
class Description:
    fields: Mapping[str, Field]
    parents: Mapping[str, str]
    """The object behind each relationship; `Name` where it is one of several, of which all have a Name."""
    children: Mapping[str, str]
    createable: bool | None = None


_TIME = Field("datetime", is_nillable=False, filterable=True, sortable=True, createable=False)
_NAMED = {"Name": Description({"Name": Field("text", is_nillable=True)}, {}, {})}
_IN_THE_REFERENCE = {
    # https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
    # sforce_api_objects_opportunitycontactrole.htm, read 2026-11: no file describes it.
    "OpportunityContactRole": Description(
        {
            "Id": Field("id", is_nillable=False, filterable=True, sortable=True, createable=False),
            "ContactId": Field("id", is_nillable=False, filterable=True, sortable=True, createable=True),
            "OpportunityId": Field("id", is_nillable=False, filterable=True, sortable=True, createable=True),
            "Role": Field("text", is_nillable=True, filterable=True, sortable=True, createable=True),
            "IsPrimary": Field("boolean", is_nillable=False, filterable=True, sortable=True, createable=True),
            "IsDeleted": Field("boolean", is_nillable=False, filterable=True, createable=False),
            **dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), _TIME),
        },
        {"Contact": "Contact", "Opportunity": "Opportunity"},
        {},
    )
}


@cache
def described(name: str) -> Description | None:
    if name in _NAMED or name in _IN_THE_REFERENCE:
        return (_NAMED | _IN_THE_REFERENCE)[name]
    standard = json.loads((FOLDER / "standard-schema.json").read_text()).get(name)
    path = FOLDER / f"describe-{name}.json"
    if path.exists():
        return _of_describe(json.loads(path.read_text()))
    return _of_schema(standard) if standard else None


def _of_describe(told: dict[str, Any]) -> Description:
    flags = ("filterable", "sortable", "createable", "length")
    fields = {
        each["name"]: Field(TYPES.get(each["type"], "text"), each["nillable"], **{flag: each[flag] for flag in flags})
        for each in told["fields"]
    }
    parents = {
        each["relationshipName"]: each["referenceTo"][0] if len(each["referenceTo"]) == 1 else "Name"
        for each in told["fields"]
        if each["relationshipName"]
    }
    children = {each["relationshipName"]: each["childSObject"] for each in told["childRelationships"]}
    return Description(fields, parents, children, told["createable"])


def _of_schema(standard: dict[str, Any]) -> Description:
    # It calls an Id a string, and names those that it says are none otherwise.
    fields = {
        name: Field("id" if name.endswith("Id") else TYPES.get(each["type"], "text"), each["nullable"])
        for name, each in standard["fields"].items()
    }
    parents = {name: each["type"] for name, each in standard["parentReferences"].items()}
    return Description(fields, parents, standard.get("childRelationships", {}))


def violations(exchange: Exchange) -> Iterator[Violation]:
    operation = f"{exchange.method} {exchange.path}"
    if exchange.status >= 400 and exchange.path != "/services/oauth2/token":
        yield from _of_error(operation, exchange)
    answer = exchange.answer if exchange.status < 300 else None
    match exchange.method, exchange.path:
        case "POST", "/services/oauth2/token":
            if exchange.form and {name for name, _ in exchange.form} != {"grant_type", "client_id", "client_secret"}:
                yield Violation(operation, "", "form", "is not that of client credentials")
        case "GET", path if re.fullmatch(f"{ROOT}/query(All)?", path):
            yield from of_query(dict(exchange.query).get("q", ""))
            yield from of_result(answer) if answer is not None else ()
        case "GET", path if re.fullmatch(f"{ROOT}/query(All)?/[A-Za-z0-9]+-[0-9]+", path):
            yield from of_result(answer) if answer is not None else ()
        case "GET", path if found := re.fullmatch(rf"{ROOT}/sobjects/(\w+)/describe", path):
            yield from of_description(found[1], answer) if answer is not None else ()
        case "POST", path if found := re.fullmatch(rf"{ROOT}/sobjects/(\w+)", path):
            yield from _of_writing(operation, found[1], exchange, answer)
        case "PATCH", path if found := re.fullmatch(rf"{ROOT}/sobjects/(\w+)/\w+__c/.+", path):
            yield from _of_writing(operation, found[1], exchange, answer)
        case _:
            yield Violation(operation, "", "path", "is none of the REST API's")


def _of_error(operation: str, exchange: Exchange) -> Iterator[Violation]:
    errors = exchange.answer
    if not (isinstance(errors, list) and errors):
        yield Violation(operation, "", "error", "is no list")
        return
    for each in errors:
        if not (each.keys() <= {"message", "errorCode", "fields"} and each.get("message") and each.get("errorCode")):
            yield Violation(operation, "", "error", f"has the keys {sorted(each)}")


def of_query(query: str) -> Iterator[Violation]:
    """Of a query that can be parsed; Salesforce refuses the others."""
    try:
        select = parse(query)
    except MalformedQuery:
        return
    yield from _of_select(select.source, select)


def _of_select(object_name: str, select: Select) -> Iterator[Violation]:
    for path in select.fields:
        if field_at(object_name, path) is None:
            yield Violation("query", f"{object_name}.{path}", "field", "does not exist")
    yield from _of_condition(object_name, select.where) if select.where else ()
    for order in select.order_by:
        found = field_at(object_name, order.field)
        if found is None or found.sortable is False:
            yield Violation("query", f"{object_name}.{order.field}", "sortable", "cannot be sorted by")
    for subquery in select.subqueries:
        here = described(object_name)
        child = here.children.get(subquery.source) if here else None
        if child is None:
            yield Violation("query", f"{object_name}.{subquery.source}", "relationship", "does not exist")
        else:
            yield from _of_select(child, subquery)


def _of_condition(object_name: str, condition: Condition) -> Iterator[Violation]:
    match condition:
        case Junction(_, parts):
            for part in parts:
                yield from _of_condition(object_name, part)
        case Comparison(path, _, value):
            yield from _of_literal(object_name, path, value)
        case Membership(path, values):
            for value in values:
                yield from _of_literal(object_name, path, value)


def _of_literal(object_name: str, path: str, value: object) -> Iterator[Violation]:
    found = field_at(object_name, path)
    if found is None or found.filterable is False:
        yield Violation("query", f"{object_name}.{path}", "filterable", "cannot be filtered by")
    elif value is not None and not _fits_literal(found.type, value):
        yield Violation("query", f"{object_name}.{path}", "literal", f"is compared with {value!r}")


def _fits_literal(field_type: str, value: object) -> bool:
    match field_type, value:
        case "id", str():
            return RECORD_ID.fullmatch(value) is not None
        case "text", str():
            return True
        case "boolean", bool():
            return True
        case (("datetime" | "date or datetime"), datetime()):
            return True
    return False


def field_at(object_name: str, path: str) -> Field | None:
    here = described(object_name)
    first, _, rest = path.partition(".")
    if here is None:
        return None
    if rest:
        if first not in here.parents:
            return None
        parent = here.parents[first]
        # Of a user, say, nothing is described here; Name is what all of them have.
        return field_at(parent if described(parent) else "Name", rest)
    return here.fields.get(first)


def of_result(result: Mapping[str, Any]) -> Iterator[Violation]:
    names = {"totalSize", "done", "records"} | (set() if result["done"] else {"nextRecordsUrl"})
    if result.keys() != names:
        yield Violation("query 200", "", "result", f"has the keys {sorted(result)}")
    for record in result["records"]:
        yield from _of_record(record)


def _of_record(record: Mapping[str, Any]) -> Iterator[Violation]:
    object_name = record["attributes"]["type"]
    here = described(object_name)
    if here is None:
        yield Violation("query 200", object_name, "object", "does not exist")
        return
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, dict):
            yield from of_result(value) if "records" in value else _of_record(value)
        elif name in here.children or name in here.parents:
            if value is not None:
                yield Violation("query 200", f"{object_name}.{name}", "relationship", f"is {value!r}")
        elif name not in here.fields:
            yield Violation("query 200", f"{object_name}.{name}", "field", "does not exist")
        elif not fits(here.fields[name], value):
            yield Violation("query 200", f"{object_name}.{name}", "type", f"is {value!r}")


def fits(field: Field, value: object) -> bool:
    match field.type, value:
        case _, None:
            return field.is_nillable
        case "id", str():
            return len(value) == 18 and RECORD_ID.fullmatch(value) is not None
        case "datetime", str():
            return DATETIME.fullmatch(value) is not None
        case "date", str():
            return DATE.fullmatch(value) is not None
        case "date or datetime", str():
            return (DATETIME.fullmatch(value) or DATE.fullmatch(value)) is not None
        case "text", str():
            return not field.length or len(value) <= field.length
        case "boolean", bool():
            return True
        case "number", int() | float():
            return not isinstance(value, bool)
    return False


def of_description(object_name: str, told: Mapping[str, Any]) -> Iterator[Violation]:
    here = described(object_name)
    if here is None:
        yield Violation("describe", object_name, "object", "does not exist")
        return
    if told["createable"] and here.createable is False:
        yield Violation("describe", object_name, "createable", "cannot be created")
    for each in told["fields"]:
        if not each["custom"]:
            yield from _of_described_field(object_name, here, each)
    for each in told["childRelationships"]:
        if here.children.get(each["relationshipName"]) != each["childSObject"]:
            yield Violation("describe", f"{object_name}.{each['relationshipName']}", "relationship", "does not exist")


def _of_described_field(object_name: str, here: Description, told: Mapping[str, Any]) -> Iterator[Violation]:
    where, found = f"{object_name}.{told['name']}", here.fields.get(told["name"])
    if found is None:
        yield Violation("describe", where, "field", "does not exist")
        return
    if TYPES.get(told["type"], "text") not in found.type:
        yield Violation("describe", where, "type", f"is {found.type}, not {told['type']}")
    for flag in ("filterable", "sortable"):
        expected = getattr(found, flag)
        if expected is not None and told[flag] is not expected:
            yield Violation("describe", where, flag, f"is {expected}")
    # Our user may be allowed less than the field is made for.
    if told["createable"] and found.createable is False:
        yield Violation("describe", where, "createable", "cannot be set")
    if told["length"] and found.length and told["length"] != found.length:
        yield Violation("describe", where, "length", f"is {found.length}")


def _of_writing(operation: str, object_name: str, exchange: Exchange, answer: Any) -> Iterator[Violation]:
    here = described(object_name)
    fields = here.fields if here else {}
    for name, value in exchange.json.items():
        found = fields.get(name)
        if found is None or found.createable is False:
            yield Violation(operation, f"{object_name}.{name}", "createable", "cannot be set")
        elif exchange.status < 300 and not fits(found, value) and found.type != "id":
            yield Violation(operation, f"{object_name}.{name}", "type", f"is {value!r}")
    if answer is not None:
        names = {"id", "success", "errors"} | ({"created"} if exchange.method == "PATCH" else set())
        if answer.keys() != names or answer["success"] is not True:
            yield Violation(operation, "", "answer", f"is {answer!r}")
        if exchange.status != (200 if answer.get("created") is False else 201):
            yield Violation(operation, "", "status", f"is {exchange.status}")
