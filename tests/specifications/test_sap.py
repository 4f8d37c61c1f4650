"""The check of SAP's exchanges finds what is wrong with them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.specifications import sap
from tests.specifications.exchange import Exchange

pytestmark = pytest.mark.skipif(not sap.FOLDER.is_dir(), reason="needs ../shared/specs/sap, which is not here")
ORDERS, ORDER = "API_SALES_ORDER_SRV/A_SalesOrder", "API_SALES_ORDER_SRV.A_SalesOrderType"
WRITE = {"x-csrf-token": "t", "cookie": "c=1", "if-match": "e"}


def found(
    method: str,
    path: str,
    *,
    query: str = "",
    body: Any = None,
    answer: Any = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> set[tuple[str, str]]:
    given = {"d": {"results": [answer]} if method == "GET" else answer} if status < 400 else answer
    exchange = Exchange(
        vendor="sap",
        method=method,
        path=f"{sap.ROOT}{path}",
        query=tuple((part.partition("=")[0], part.partition("=")[2]) for part in query.split("&") if part),
        headers=headers if headers is not None else (WRITE if method != "GET" else {}),
        content=json.dumps(body).encode(),
        status=status,
        answer_headers={"content-type": "application/json"},
        answer_content=json.dumps(given).encode(),
    )
    return {(each.where, each.keyword) for each in sap.violations(exchange)}


def row(kind: str = ORDER, **fields: Any) -> dict[str, Any]:
    return {"__metadata": {"type": kind}, **fields}


@pytest.mark.parametrize(
    ("path", "query", "problems"),
    [
        (ORDERS, "$filter=SalesOrder eq '1' or (SalesOrder eq 'O''Hara' and TotalNetAmount ge 5)", set()),
        (
            ORDERS,
            "$select=SalesOrder,to_Item/Material&$expand=to_Item&$orderby=SalesOrder&$top=5",
            {("SalesOrder", "$select")},
        ),
        ("API_NOTHING_SRV/A_SalesOrder", "", {("service", "exists")}),
        ("API_SALES_ORDER_SRV/A_Order", "", {("A_Order", "exists")}),
        (f"{ORDERS}('1')/to_Nothing", "", {("to_Nothing", "exists")}),
        (f"{ORDERS}(Number='1')", "", {("key", "names")}),
        (f"{ORDERS}('12345678901')", "", {("SalesOrder", "maxLength")}),
        (ORDERS, "$limit=5", {("$limit", "option")}),
        (ORDERS, "$filter=Order eq '1'", {("Order", "$filter")}),
        (ORDERS, "$filter=SalesOrder eq 1", {("SalesOrder", "literal")}),
        (ORDERS, "$filter=SalesOrder eq '12345678901'", {("SalesOrder", "maxLength")}),
        (ORDERS, "$filter=CreationDate ge '2026'", {("CreationDate", "literal")}),
        (ORDERS, "$filter=SalesOrder like '1'", {("$filter", "syntax")}),
        (ORDERS, "$expand=to_Nothing", {("to_Nothing", "$expand")}),
        (ORDERS, "$select=Nothing", {("Nothing", "$select")}),
        ("API_SALES_ORDER_SRV/A_SalesOrderText", "$filter=LongText eq 'x'", {("LongText", "filterable")}),
        ("API_SALES_ORDER_SRV/A_SalesOrderText", "$orderby=LongText", {("LongText", "sortable")}),
    ],
)
def test_a_url_is_looked_at(path: str, query: str, problems: set[tuple[str, str]]) -> None:
    kind = "API_SALES_ORDER_SRV.A_SalesOrderTextType" if "Text" in path else ORDER
    assert found("GET", path, query=query, answer=row(kind)) >= problems
    if not problems:
        assert found("GET", path, query=query, answer=row(kind)) == set()


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({"SalesOrderType": "OR", "to_Item": {"results": [{"RequestedQuantity": "2.5"}]}}, set()),
        ({"Nothing": "1"}, {("Nothing", "exists")}),
        ({"SalesOrderType": "TOOLONG"}, {("SalesOrderType", "Edm.String")}),
        ({"CreationDate": "/Date(0)/"}, {("CreationDate", "creatable")}),
        ({"to_Item": {"results": [{"RequestedQuantity": 2}]}}, {("RequestedQuantity", "Edm.Decimal")}),
        ({"to_Item": {"results": [{"RequestedQuantity": "0.0001"}]}}, {("RequestedQuantity", "Edm.Decimal")}),
        ({"SalesOrderDate": "2026-11-01"}, {("SalesOrderDate", "Edm.DateTime")}),
    ],
)
def test_a_body_is_looked_at(body: Any, problems: set[tuple[str, str]]) -> None:
    assert found("POST", ORDERS, body=body, answer=row(), status=201) == problems


@pytest.mark.parametrize(
    ("method", "path", "headers", "problems"),
    [
        ("PATCH", f"{ORDERS}('1')", {"x-csrf-token": "t", "cookie": "c"}, {("if-match", "required")}),
        ("PATCH", f"{ORDERS}('1')", {"if-match": "e"}, {("x-csrf-token", "required"), ("cookie", "required")}),
        ("POST", "API_BILLING_DOCUMENT_SRV/A_BillingDocument", WRITE, {("A_BillingDocument", "creatable")}),
        (
            "PATCH",
            "API_MATERIAL_DOCUMENT_SRV/A_MaterialDocumentHeader",
            WRITE,
            {("A_MaterialDocumentHeader", "updatable")},
        ),
        ("POST", "API_OUTBOUND_DELIVERY_SRV;v=0002/PostGoodsIssue", WRITE, {("DeliveryDocument", "parameter")}),
    ],
)
def test_a_write_is_looked_at(method: str, path: str, headers: dict[str, str], problems: set[tuple[str, str]]) -> None:
    kind = "API_BILLING_DOCUMENT_SRV.A_BillingDocumentType"
    assert found(method, path, body={}, answer=row(kind), headers=headers) == problems


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"SalesOrder": "1", "TotalNetAmount": "5.50", "CreationDate": None}, set()),
        ({"SalesOrder": None}, {("SalesOrder", "nullable")}),
        ({"TotalNetAmount": 5.5}, {("TotalNetAmount", "Edm.Decimal")}),
        ({"CreationDate": "2026-11-01"}, {("CreationDate", "Edm.DateTime")}),
        ({"Nothing": ""}, {("Nothing", "exists")}),
        ({"to_Item": {"results": [row()]}}, {("__metadata", "type")}),
    ],
)
def test_an_answer_is_looked_at(fields: dict[str, Any], problems: set[tuple[str, str]]) -> None:
    assert found("GET", ORDERS, answer=row(**fields)) == problems


def test_a_refusal_is_looked_at() -> None:
    assert found("GET", ORDERS, answer={"error": {"code": "A/1", "message": "no"}}, status=400) == {("error", "shape")}
