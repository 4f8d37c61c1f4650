"""SAP's EDMX files: each name in a URL, a body or an answer, with its type, length and what may be done with it."""

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from pyodata.v2.model import EntitySet, EntityType, MetadataBuilder, Schema, StructTypeProperty

from tests.specifications.exchange import SPECS, Exchange, Violation

# It warns of each of the thousand annotations that it passes over.
logging.getLogger("pyodata.model").setLevel(logging.ERROR)

FOLDER = SPECS / "sap"
ROOT = "/sap/opu/odata/sap/"
FILES = {
    "API_BUSINESS_PARTNER": "API_BUSINESS_PARTNER",
    "API_SALES_ORDER_SRV": "API_SALES_ORDER_SRV",
    "API_OUTBOUND_DELIVERY_SRV;v=0002": "OP_API_OUTBOUND_DELIVERY_SRV_0002",
    "API_BILLING_DOCUMENT_SRV": "API_BILLING_DOCUMENT_SRV",
    "API_CUSTOMER_RETURN_SRV": "API_CUSTOMER_RETURN_SRV",
    "API_MATERIAL_STOCK_SRV": "API_MATERIAL_STOCK_SRV",
    "API_MATERIAL_DOCUMENT_SRV": "API_MATERIAL_DOCUMENT_SRV",
}
OPTIONS = {"$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount", "sap-client"}
LITERALS = {
    "Edm.String": "'",
    "Edm.DateTime": "datetime'",
    "Edm.Time": "time'",
    "Edm.DateTimeOffset": "datetimeoffset'",
}

_KEY_PREDICATE = re.compile(r"\(.*?\)")
_SEGMENT = re.compile(r"(?P<name>\w+)(?:\((?P<key>.*)\))?")
_KEY = re.compile(r"(?:(\w+)=)?'((?:[^']|'')*)'(?:,|$)")
_COMPARISON = re.compile(r"(\w+) (?:eq|ne|gt|ge|lt|le) (\w*'(?:[^']|'')*'|[\w.]+)")
_TICKS = re.compile(r"/Date\(-?\d+([+-]\d+)?\)/")
_DURATION = re.compile(r"PT(\d+H)?(\d+M)?(\d+S)?")
_Row = Mapping[str, Any]


@cache
def schema(service: str) -> Schema:
    return MetadataBuilder((FOLDER / f"{FILES[service]}.edmx").read_bytes()).build()


def violations(exchange: Exchange) -> Iterator[Violation]:
    if not exchange.path.startswith(ROOT):
        return
    service, _, resource = exchange.path.removeprefix(ROOT).partition("/")
    operation = f"{exchange.method} {service}/{_KEY_PREDICATE.sub('()', resource)}"
    for where, keyword, reason in _found(unquote(service), unquote(resource), exchange):
        yield Violation(operation, where, keyword, reason)


Problem = tuple[str, str, str]


def _found(service: str, resource: str, exchange: Exchange) -> Iterator[Problem]:
    if service not in FILES:
        yield "service", "exists", f"{service} is not described"
        return
    if exchange.method != "GET":
        yield from _of_protection(exchange)
    if exchange.status >= 400:
        yield from _of_refusal(exchange)
    elif resource in ("", "$metadata"):
        return
    elif any(each.name == resource for each in schema(service).function_imports):
        yield from _of_action(schema(service).function_import(resource), exchange)
    else:
        yield from _of_rows(service, resource, exchange)


def _of_protection(exchange: Exchange) -> Iterator[Problem]:
    for header in ("x-csrf-token", "cookie"):
        if not exchange.headers.get(header):
            yield header, "required", "a write has a token, and the cookies that it goes with"


def _of_refusal(exchange: Exchange) -> Iterator[Problem]:
    if "json" not in exchange.answer_headers.get("content-type", ""):
        return
    error = exchange.answer.get("error", {})
    if not isinstance(error.get("code"), str) or set(error.get("message", {})) != {"lang", "value"}:
        yield "error", "shape", "an error has a code and a message in a language"


def _of_action(action: Any, exchange: Exchange) -> Iterator[Problem]:
    if action.http_method != exchange.method:
        yield action.name, "method", f"is called by {action.http_method}"
    given = {name: value for name, value in exchange.query if name != "sap-client"}
    known = {each.name: each for each in action.parameters}
    for name in given.keys() ^ known.keys():
        yield name, "parameter", "is not one of its parameters, or is missing"
    for name in given.keys() & known.keys():
        yield from _of_literal(name, known[name], given[name])
    yield from _of_version(exchange)


def _of_rows(service: str, resource: str, exchange: Exchange) -> Iterator[Problem]:
    first, _, rest = resource.partition("/")
    segment = _SEGMENT.fullmatch(first)
    entity_set = _entity_set(service, segment["name"] if segment else first)
    if entity_set is None or segment is None:
        yield first, "exists", "is no entity set"
        return
    row_type = entity_set.entity_type
    if segment["key"] is not None:
        yield from _of_key(row_type, segment["key"])
    if rest:
        link = _link(row_type, rest)
        if link is None:
            yield rest, "exists", "is no navigation property"
            return
        entity_set, row_type = _target(service, link), link
    yield from _of_options(row_type, dict(exchange.query))
    match exchange.method:
        case "GET":
            answer = exchange.answer["d"]
            rows = answer["results"] if isinstance(answer, dict) and "results" in answer else [answer]
            for row in rows:
                yield from _of_answer(row_type, row, dict(exchange.query))
        case "POST":
            if entity_set is not None and not entity_set.creatable:
                yield entity_set.name, "creatable", "cannot be created by itself"
            yield from _of_body(row_type, exchange.json, "creatable")
            yield from _of_answer(row_type, exchange.answer["d"], {})
        case _:
            if entity_set is not None and not entity_set.updatable:
                yield entity_set.name, "updatable", "cannot be changed"
            yield from _of_version(exchange)
            yield from _of_body(row_type, exchange.json, "updatable")


def _of_version(exchange: Exchange) -> Iterator[Problem]:
    if not exchange.headers.get("if-match"):
        yield "if-match", "required", "a change says which version it is of"


def _of_key(row_type: EntityType, key: str) -> Iterator[Problem]:
    names = [each.name for each in row_type.key_proprties]
    parts = {name or names[0]: value for name, value in _KEY.findall(key)}
    if parts.keys() != set(names):
        yield "key", "names", f"the key is {', '.join(names)}"
    for name in parts.keys() & set(names):
        if len(parts[name].replace("''", "'")) > row_type.proprty(name).max_length:
            yield name, "maxLength", "is too long"


def _of_options(row_type: EntityType, query: Mapping[str, str]) -> Iterator[Problem]:
    for option in query.keys() - OPTIONS:
        yield option, "option", "is not one that we know"
    for path in _paths(query, "$expand"):
        if _follow(row_type, path.split("/")) is None:
            yield path, "$expand", "leads nowhere"
    expanded = {
        "/".join(path.split("/")[: n + 1]) for path in _paths(query, "$expand") for n in range(path.count("/") + 1)
    }
    for path in _paths(query, "$select"):
        link, _, name = path.rpartition("/")
        below = _follow(row_type, link.split("/")) if link else row_type
        if below is None or not (below.has_proprty(name) or _link(below, name) is not None):
            yield path, "$select", "leads nowhere"
        if link and link not in expanded:
            yield path, "$select", "is not expanded"
    for name in (each.split()[0] for each in _paths(query, "$orderby")):
        if not row_type.has_proprty(name) or not row_type.proprty(name).sortable:
            yield name, "sortable", "cannot be sorted by"
    if "$filter" in query:
        yield from _of_filter(row_type, query["$filter"])


def _of_filter(row_type: EntityType, text: str) -> Iterator[Problem]:
    for name, literal in _COMPARISON.findall(text):
        if not row_type.has_proprty(name):
            yield name, "$filter", "is no property"
        elif not row_type.proprty(name).filterable:
            yield name, "filterable", "cannot be filtered by"
        else:
            yield from _of_literal(name, row_type.proprty(name), literal)
    if re.sub(r"\s|and|or|[()]", "", _COMPARISON.sub("", text)):
        yield "$filter", "syntax", "is not understood"


def _of_literal(name: str, declared: StructTypeProperty, literal: str) -> Iterator[Problem]:
    opening = LITERALS.get(declared.typ.name, "")
    if not literal.startswith(opening) or (not opening and "'" in literal):
        yield name, "literal", f"is of {declared.typ.name}"
    elif declared.typ.name == "Edm.String" and len(literal[1:-1].replace("''", "'")) > declared.max_length:
        yield name, "maxLength", "is too long"


def _of_body(row_type: EntityType, body: _Row, allowed: str) -> Iterator[Problem]:
    for name, value in body.items():
        link = _link(row_type, name)
        if link is not None:
            for child in value["results"]:
                yield from _of_body(link, child, allowed)
        elif not row_type.has_proprty(name):
            yield name, "exists", f"is no property of {row_type.name}"
        elif not getattr(row_type.proprty(name), allowed):
            yield name, allowed, "may not be sent"
        else:
            yield from _of_value(row_type.proprty(name), value)


def _of_answer(row_type: EntityType, row: _Row | None, query: Mapping[str, str]) -> Iterator[Problem]:
    if row is None:
        return
    if row["__metadata"]["type"].rpartition(".")[2] != row_type.name:
        yield "__metadata", "type", f"is a {row_type.name}"
    # What was not selected is absent; expanded rows are looked at by themselves.
    wanted = {path for path in _paths(query, "$select") if "/" not in path}
    for name in wanted - row.keys():
        yield name, "$select", "was selected and is not answered"
    for name, value in row.items():
        link = _link(row_type, name)
        if link is not None and isinstance(value, dict) and "__deferred" not in value:
            for child in value.get("results", [value]):
                yield from _of_answer(link, child, {})
        elif link is None and name != "__metadata":
            if row_type.has_proprty(name):
                yield from _of_value(row_type.proprty(name), value)
            else:
                yield name, "exists", f"is no property of {row_type.name}"


def _of_value(declared: StructTypeProperty, value: Any) -> Iterator[Problem]:
    if value is None:
        if not declared.nullable:
            yield declared.name, "nullable", "may not be null"
    elif not _fits(declared, value):
        yield declared.name, declared.typ.name, "is none"


def _fits(declared: StructTypeProperty, value: Any) -> bool:
    match declared.typ.name:
        case "Edm.Boolean":
            return isinstance(value, bool)
        case "Edm.Decimal":
            return isinstance(value, str) and _is_decimal(value, declared)
        case "Edm.DateTime" | "Edm.DateTimeOffset":
            return isinstance(value, str) and _TICKS.fullmatch(value) is not None
        case "Edm.Time":
            return isinstance(value, str) and _DURATION.fullmatch(value) is not None
        case "Edm.Guid":
            return isinstance(value, str) and str(UUID(value)) == value
        case "Edm.String":
            return isinstance(value, str) and len(value) <= int(declared.max_length or len(value))
    return False


def _is_decimal(text: str, declared: StructTypeProperty) -> bool:
    try:
        digits = Decimal(text).normalize().as_tuple()
    except InvalidOperation:
        return False
    scale = int(declared.scale or 0)
    fraction = max(-int(digits.exponent), 0)
    return fraction <= scale and len(digits.digits) - fraction <= int(declared.precision) - scale


def _paths(query: Mapping[str, str], option: str) -> Sequence[str]:
    return [each for each in query.get(option, "").split(",") if each]


def _follow(row_type: EntityType, path: Sequence[str]) -> EntityType | None:
    found = _link(row_type, path[0])
    return found if found is None or len(path) == 1 else _follow(found, path[1:])


def _link(row_type: EntityType, name: str) -> EntityType | None:
    return next((each.to_role.entity_type for each in row_type.nav_proprties if each.name == name), None)


def _entity_set(service: str, name: str) -> EntitySet | None:
    return next((each for each in schema(service).entity_sets if each.name == name), None)


def _target(service: str, row_type: EntityType) -> EntitySet | None:
    return next((each for each in schema(service).entity_sets if each.entity_type.name == row_type.name), None)
