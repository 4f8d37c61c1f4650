"""What we send validates against Shopify's own schema, and what the sandbox answers could be Shopify's."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

import app.sandbox.shopify
from app.connectors.shopify import documents, mutations
from app.sandbox.data import CLIENT_ID, CLIENT_SECRET, ShopifyShop
from app.sandbox.shopify.wire import GRAPHQL_PATH, ShopifyApp
from tests.connectors.vendor_rows import customer_gid, make_customer

INTROSPECTION = Path(__file__).parents[3] / "shared" / "specs" / "shopify" / "admin_2026-10.json.gz"
DOCUMENTS = {
    name: text
    for name, text in {**vars(documents), **vars(mutations)}.items()
    if name.isupper() and not name.startswith("_") and isinstance(text, str)
}
SANDBOXED = build_schema((Path(app.sandbox.shopify.__file__).parent / "schema.graphql").read_text())


@cache
def official_schema() -> GraphQLSchema:
    if not INTROSPECTION.exists():
        pytest.skip("needs ../shared/specs/shopify, which is not here")
    introspection = json.loads(gzip.decompress(INTROSPECTION.read_bytes()))
    return build_client_schema(introspection.get("data", introspection), assume_valid=True)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid(name: str) -> None:
    assert validate(official_schema(), parse(DOCUMENTS[name])) == []


def test_a_document_with_a_wrong_field_is_not() -> None:
    wrong = documents.PROFILES.replace("numberOfOrders", "orderCount")
    [error] = validate(official_schema(), parse(wrong))
    assert error.message.startswith("Cannot query field 'orderCount' on type 'Customer'.")


OWN_TYPES = [
    name
    for name, kind in SANDBOXED.type_map.items()
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLEnumType | GraphQLInputObjectType)
    and not name.startswith("__")
]


@pytest.mark.parametrize("name", OWN_TYPES)
def test_the_sandboxed_schema_is_part_of_shopifys(name: str) -> None:
    ours, theirs = SANDBOXED.type_map[name], official_schema().type_map[name]
    if isinstance(ours, GraphQLEnumType):
        assert isinstance(theirs, GraphQLEnumType)
        assert ours.values.keys() - theirs.values.keys() == set()
        return
    if isinstance(ours, GraphQLInputObjectType):
        assert isinstance(theirs, GraphQLInputObjectType)
        of_theirs = {each: str(theirs.fields[each].type) for each in ours.fields}
        assert {each: str(field.type) for each, field in ours.fields.items()} == of_theirs
        return
    assert isinstance(ours, GraphQLObjectType | GraphQLInterfaceType)
    assert type(ours) is type(theirs)
    assert isinstance(theirs, GraphQLObjectType | GraphQLInterfaceType)
    assert {each: signature(ours, each) for each in ours.fields} == {
        each: signature(theirs, each) for each in ours.fields
    }


def signature(kind: GraphQLObjectType | GraphQLInterfaceType, field: str) -> str:
    arguments = ", ".join(f"{name}: {each.type}" for name, each in sorted(kind.fields[field].args.items()))
    return f"{field}({arguments}): {kind.fields[field].type}"


async def test_the_sandboxs_answer_could_be_shopifys() -> None:
    """Its data, taken as Shopify's own, gives the same answer in Shopify's schema."""
    shop = ShopifyApp(ShopifyShop([make_customer(1), make_customer(2, defaultEmailAddress=None)]))
    variables = {"ids": [customer_gid(number) for number in (1, 2, 3)]}
    data = await asked(shop, documents.PROFILES, variables)
    assert [node and node["id"] for node in data["nodes"]] == [customer_gid(1), customer_gid(2), None]

    root = {"nodes": [node and node | {"__typename": "Customer"} for node in data["nodes"]]}
    result = execute_sync(official_schema(), parse(documents.PROFILES), root_value=root, variable_values=variables)
    assert result.errors is None
    assert result.data == data


async def asked(shop: ShopifyApp, document: str, variables: dict[str, Any]) -> dict[str, Any]:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(shop.asgi), base_url="http://shop.test") as client:
        form = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        token = (await client.post("/admin/oauth/access_token", data=form)).json()["access_token"]
        body = {"query": document, "variables": variables}
        answer = await client.post(GRAPHQL_PATH, json=body, headers={"X-Shopify-Access-Token": token})
        data: dict[str, Any] = answer.json()["data"]
        return data
