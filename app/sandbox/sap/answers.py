"""Rows as OData V2 JSON, and refusals as SAP words them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from app.sandbox.sap.entity_sets import ENTITY_SETS, namespace
from app.sandbox.sap.model import EntitySet
from app.sandbox.sap.tables import Row, Tables, bare

ROOT = "/sap/opu/odata/sap"


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def refusal_body(refusal: Refusal) -> dict[str, Any]:
    detail = {"code": refusal.code, "message": refusal.message, "propertyref": "", "severity": "error", "target": ""}
    return {
        "error": {
            "code": refusal.code,
            "message": {"lang": "en", "value": refusal.message},
            "innererror": {
                "transactionid": "6530A0E36B7E0230E00673E8D1B80C1A",
                "timestamp": datetime.now(UTC).strftime("%Y%m%d%H%M%S.0000000"),
                "errordetails": [detail],
            },
        }
    }


class Renderer:
    """Shows rows of one request: what was selected of them, and what was expanded."""

    def __init__(
        self, tables: Tables, base_url: str, *, select: Sequence[str] = (), expand: Sequence[str] = ()
    ) -> None:
        """`select` and `expand` are paths such as to_Item/Material. Raises Refusal for what is not there."""
        self._tables, self._base_url = tables, base_url
        self._select, self._expand = tuple(select), tuple(expand)

    def row(self, name: str, row: Row) -> dict[str, Any]:
        return self._row(name, row, self._select, self._expand)

    def check(self, name: str) -> None:
        """Raises Refusal for a path that leads nowhere."""
        for path in (*self._select, *self._expand):
            _follow(name, path.split("/"))
        for path in self._select:
            link = path.rpartition("/")[0]
            if link and link not in self._expanded():
                raise Refusal(400, "/IWBEP/CM_MGW_RT/021", f"Property {link} in $select is not expanded")

    def _expanded(self) -> set[str]:
        paths = [path.split("/") for path in self._expand]
        return {"/".join(path[: n + 1]) for path in paths for n in range(len(path))}

    def _row(self, name: str, row: Row, select: Sequence[str], expand: Sequence[str]) -> dict[str, Any]:
        entity_set = ENTITY_SETS[name]
        wanted = {path for path in select if "/" not in path}
        uri = f"{self._base_url}{ROOT}/{entity_set.service}/{name}{_key_predicate(entity_set, row)}"
        shown: dict[str, Any] = {"__metadata": {"id": uri, "uri": uri, "type": f"{_type(name)}"}}
        if entity_set.etag:
            shown["__metadata"]["etag"] = etag(name, row)
        for each, kind in entity_set.properties.items():
            if not wanted or each in wanted:
                given = row.get(each, kind.initial)
                shown[each] = _shown(each, given)
        expanded = {path.partition("/")[0] for path in expand}
        for each, link in entity_set.links.items():
            if each in expanded:
                rows = [
                    self._row(link.target, child, _below(each, select), _below(each, expand))
                    for child in self._tables.follow(row, link)
                ]
                shown[each] = {"results": rows} if link.is_many else next(iter(rows), None)
            elif not wanted or each in wanted:
                shown[each] = {"__deferred": {"uri": f"{uri}/{each}"}}
        return shown


_NUMBERS = frozenset(
    (
        *("BusinessPartner", "Customer", "SoldToParty", "SalesOrder", "SalesOrderItem", "DeliveryDocument"),
        *("HigherLevelItem", "DeliveryDocumentItem", "BillingDocument", "BillingDocumentItem"),
        *("CustomerReturn", "CustomerReturnItem"),
        *("ReferenceSDDocument", "ReferenceSDDocumentItem", "SubsequentDocument", "SalesDocument", "SalesDocumentItem"),
    )
)
"""Shown without the leading zeros that they are stored with."""


def _shown(column: str, given: Any) -> Any:
    return bare(given) if column in _NUMBERS else given


def etag(name: str, row: Mapping[str, Any]) -> str:
    column = ENTITY_SETS[name].etag or ""
    version = row.get(column) or "/Date(0)/"
    if ENTITY_SETS[name].properties[column].type == "DateTimeOffset":
        at = datetime.fromtimestamp(int(str(version)[6:].partition("+")[0].rstrip(")/")) / 1000, UTC)
        return f"W/\"datetimeoffset'{quote(at.strftime('%Y-%m-%dT%H:%M:%S.%f') + '0Z', safe='')}'\""
    return f"W/\"'{version}'\""


def _follow(name: str, path: Sequence[str]) -> None:
    first, *rest = path
    entity_set = ENTITY_SETS[name]
    if first in entity_set.links:
        if rest:
            _follow(entity_set.links[first].target, rest)
    elif rest or first not in entity_set.properties:
        raise Refusal(400, "/IWBEP/CM_MGW_RT/020", f"Resource not found for segment '{first}'")


def _below(link: str, paths: Sequence[str]) -> list[str]:
    return [path.partition("/")[2] for path in paths if path.startswith(f"{link}/")]


def _key_predicate(entity_set: EntitySet, row: Row) -> str:
    values = {key: quote(_shown(key, row.get(key, ""))) for key in entity_set.keys}
    if len(values) == 1:
        return f"('{next(iter(values.values()))}')"
    named = ",".join(f"{key}='{value}'" for key, value in values.items())
    return f"({named})"


def _type(name: str) -> str:
    return f"{namespace(ENTITY_SETS[name].service)}.{name}Type"
