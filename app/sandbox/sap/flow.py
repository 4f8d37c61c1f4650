"""The document flow: what followed from a sales order, as SAP keeps it beside the documents."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from app.sandbox.sap.tables import Row, Tables, bare

DELIVERY, GOODS_MOVEMENT, INVOICE = "J", "R", "M"
"""Subsequent document categories."""


def follow_delivery(tables: Tables, delivery: Row, items: list[Row]) -> None:
    for order in _orders(items, "ReferenceSDDocument"):
        _add(tables, order, delivery["DeliveryDocument"], DELIVERY, delivery)


def follow_goods_issue(tables: Tables, delivery: Row, items: list[Row], document: str) -> None:
    at = {"CreationDate": delivery.get("ActualGoodsMovementDate"), "OverallSDProcessStatus": ""}
    for order in _orders(items, "ReferenceSDDocument"):
        _add(tables, order, document, GOODS_MOVEMENT, at)


def follow_invoice(tables: Tables, invoice: Row, items: list[Row]) -> None:
    for order in _orders(items, "SalesDocument"):
        _add(tables, order, invoice["BillingDocument"], INVOICE, {**invoice, "OverallSDProcessStatus": "C"})


def _orders(items: list[Row], column: str) -> list[str]:
    return list(dict.fromkeys(bare(item[column]) for item in items if item.get(column)))


def _add(tables: Tables, order: str, document: str, category: str, about: Mapping[str, Any]) -> None:
    tables.add(
        "A_SalesOrderSubsqntProcFlow",
        {
            "SalesOrder": order,
            "DocRelationshipUUID": str(uuid5(NAMESPACE_OID, f"{order} {category} {document}")),
            "SubsequentDocument": document,
            "SubsequentDocumentCategory": category,
            "OverallSDProcessStatus": about.get("OverallSDProcessStatus", ""),
            "CreationDate": about.get("CreationDate"),
            "CreationTime": about.get("CreationTime", "PT00H00M00S"),
        },
    )
