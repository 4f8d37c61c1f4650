"""What a client sent to be written: known names, fitting values; else it is refused as SAP Gateway refuses it."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.sandbox.sap.answers import Refusal
from app.sandbox.sap.entity_sets import ENTITY_SETS
from app.sandbox.sap.model import Property

_TICKS = re.compile(r"/Date\(-?\d+([+-]\d+)?\)/")


def checked(name: str, given: Any) -> dict[str, Any]:
    """The row, with the rows below it as lists. Raises Refusal."""
    if not isinstance(given, dict):
        raise Refusal(400, "/IWBEP/CM_MGW_RT/176", "Error while parsing an XML stream")
    entity_set, row = ENTITY_SETS[name], {}
    for each, value in given.items():
        if each in entity_set.links:
            row[each] = [checked(entity_set.links[each].target, child) for child in _children(value)]
        elif each in entity_set.properties:
            row[each] = _fitting(each, entity_set.properties[each], value)
        else:
            raise Refusal(400, "/IWBEP/CM_MGW_RT/176", f"Property '{each}' is invalid")
    return row


def _fitting(name: str, kind: Property, value: Any) -> Any:
    if value is not None and not _fits(kind, value):
        raise Refusal(400, "/IWBEP/CM_MGW_RT/176", f"Property '{name}' has an invalid value")
    return value


def _fits(kind: Property, value: Any) -> bool:
    match kind.type:
        case "Boolean":
            return isinstance(value, bool)
        case "Decimal":
            return isinstance(value, str) and _is_decimal(value, kind)
        case "DateTime" | "DateTimeOffset":
            return isinstance(value, str) and _TICKS.fullmatch(value) is not None
        case _:
            return isinstance(value, str) and len(value) <= (kind.length or len(value))


def _is_decimal(text: str, kind: Property) -> bool:
    try:
        number = Decimal(text).normalize()
    except InvalidOperation:
        return False
    return number.is_finite() and -int(number.as_tuple().exponent) <= (kind.scale or 0)


def _children(given: Any) -> list[Mapping[str, Any]]:
    rows = given.get("results") if isinstance(given, dict) else given
    if not isinstance(rows, list):
        raise Refusal(400, "/IWBEP/CM_MGW_RT/176", "Error while parsing an XML stream")
    return rows
