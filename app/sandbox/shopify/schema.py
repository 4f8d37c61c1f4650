"""The subset of Shopify's schema in schema.graphql, answered from the shop that is the context's."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from app.sandbox.shopify.mutations import MUTATIONS, Info
from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.search import Unsearchable, matches

Resolve = Callable[..., Any]

GLOBAL_ID = re.compile(r"gid://shopify/[A-Za-z]+/[0-9]+")
IDS_MAX = 250
"""https://shopify.dev/docs/api/usage/limits, read 2026-11"""
VERSIONS = ("2026-01", "2026-04", "2026-07", "2026-10")

SORTED_BY = {"UPDATED_AT": "updatedAt", "CREATED_AT": "createdAt", "PROCESSED_AT": "processedAt"}
"""Whatever else is asked for, ids decide."""
SEARCHED = {"id": "id", "updated_at": "updatedAt", "sku": "sku", "status": "status"}


@cache
def shop_schema() -> GraphQLSchema:
    """One for all shops: it takes a while to build."""
    schema = build_schema((Path(__file__).parent / "schema.graphql").read_text())
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not kind.name.startswith("__"):
            _resolve_lists(kind)
    _set(schema, "QueryRoot", QUESTIONS)
    _set(schema, "Mutation", MUTATIONS)
    _set(schema, "Order", {"metafield": _metafield})
    _set(schema, "InventoryLevel", {"quantities": _quantities})
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLInterfaceType):
            kind.resolve_type = lambda row, _info, _type: row["id"].split("/")[3]
    return schema


def _set(schema: GraphQLSchema, name: str, resolvers: Mapping[str, Resolve]) -> None:
    kind = schema.type_map[name]
    assert isinstance(kind, GraphQLObjectType)  # noqa: S101
    for field, resolve in resolvers.items():
        kind.fields[field].resolve = resolve


def _resolve_lists(kind: GraphQLObjectType | GraphQLInterfaceType) -> None:
    for name, field in kind.fields.items():
        if get_named_type(field.type).name.endswith("Connection"):
            field.resolve = lambda row, _info, _name=name, **page: paged(row[_name], **page)
        elif "first" in field.args:
            field.resolve = lambda row, _info, _name=name, first=None, **_: row[_name][:first]


def _metafield(row: Object, _info: Info, key: str, namespace: str = "$app") -> Object | None:
    found: Object | None = row["metafields"].get((namespace, key))
    return found


def _quantities(row: Object, _info: Info, names: list[str]) -> list[Object]:
    return [each for each in row["quantities"] if each["name"] in names]


def paged(
    rows: Sequence[Object],
    first: int | None = None,
    after: str | None = None,
    sortKey: str = "ID",  # noqa: N803 - Shopify's
    reverse: bool | None = False,
    **_unused: Any,
) -> Object:
    """A page of a connection. Its cursors hold the place in the order, so that they outlive what is deleted."""
    if first is None or not 0 < first <= IDS_MAX:
        message = "you must provide one of first or last, of at most 250"
        raise GraphQLError(message, extensions={"code": "BAD_REQUEST"})

    def place(row: Object) -> list[Any]:
        number = int(row["id"].rpartition("/")[2]) if "id" in row else rows.index(row)
        return [row.get(SORTED_BY.get(sortKey, ""), ""), number]

    ordered = sorted(rows, key=place, reverse=bool(reverse))
    start = _decoded(after) if after else None
    rest = [row for row in ordered if start is None or (place(row) < start if reverse else place(row) > start)]
    page = rest[:first]
    return {
        "nodes": page,
        "edges": [{"node": row, "cursor": _encoded(place(row))} for row in page],
        "pageInfo": {
            "hasNextPage": len(rest) > first,
            "hasPreviousPage": start is not None,
            "startCursor": _encoded(place(page[0])) if page else None,
            "endCursor": _encoded(place(page[-1])) if page else None,
        },
    }


def _encoded(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _decoded(cursor: str) -> list[Any]:
    try:
        place: list[Any] = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError) as exc:
        raise GraphQLError("Invalid cursor for current pagination sort.") from exc
    return place


def _node(_root: object, info: Info, id: str) -> Object | None:  # noqa: A002
    if not GLOBAL_ID.fullmatch(id):
        raise GraphQLError(f"Invalid global id '{id}'", extensions={"code": "INVALID_VARIABLE"})
    found: Object | None = info.context.shop.nodes.get(id)
    return found


def _nodes(root: object, info: Info, ids: list[str]) -> list[Object | None]:
    if len(ids) > IDS_MAX:
        message = f"The input array size of {len(ids)} is greater than the maximum allowed of {IDS_MAX}."
        raise GraphQLError(message, extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"})
    return [_node(root, info, id_) for id_ in ids]


def _listed(kind: str, *, default: str = "") -> Resolve:
    """`default` holds where the query says nothing else of its field."""

    def answer(_root: object, info: Info, query: str | None = None, **page: Any) -> Object:
        applied = default if default.partition(":")[0] not in (query or "") else ""
        query = " AND ".join(filter(None, (query, applied)))
        try:
            rows = [row for row in info.context.shop.rows(kind) if not query or matches(query, row, SEARCHED)]
        except Unsearchable as exc:
            raise GraphQLError(str(exc), extensions={"code": "BAD_REQUEST"}) from exc
        return paged(rows, **page)

    return answer


def _shop(_root: object, info: Info) -> Object:
    known = {"id": "gid://shopify/Shop/1", "name": "Sandbox", "myshopifyDomain": "sandbox.myshopify.com"}
    return known | {"currencyCode": info.context.shop.currency}


def _subscriptions(_root: object, info: Info, uri: str | None = None, **page: Any) -> Object:
    return paged([each for each in info.context.shop.subscriptions if uri in (None, each["uri"])], **page)


def _installation(_root: object, info: Info) -> Object:
    return {"accessScopes": [{"handle": each} for each in info.context.scopes]}


QUESTIONS: Mapping[str, Resolve] = {
    "node": _node,
    "customer": _node,
    "order": _node,
    "nodes": _nodes,
    "shop": _shop,
    "customers": _listed("Customer"),
    "inventoryItems": _listed("InventoryItem"),
    "locations": _listed("Location"),
    "orders": _listed("Order"),
    "products": _listed("Product", default="status:active"),
    "webhookSubscriptions": _subscriptions,
    "publicApiVersions": lambda *_: [{"handle": each, "supported": True} for each in VERSIONS],
    "currentAppInstallation": _installation,
}
