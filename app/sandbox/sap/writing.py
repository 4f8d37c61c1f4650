"""Which of the system's doings a request asks for."""

from collections.abc import Mapping
from typing import Any

from app.sandbox.sap.answers import Refusal
from app.sandbox.sap.entity_sets import ENTITY_SETS
from app.sandbox.sap.system import System
from app.sandbox.sap.tables import Row, Tables

DOCUMENTS = {"A_SalesOrderItem": ("A_SalesOrder", "SalesOrder")}
"""Rows whose version is that of the document they belong to."""
CHANGEABLE = {
    "A_OutbDeliveryHeader": {"DeliveryDocumentBySupplier", "BillOfLading"},
    "A_SalesOrderItem": {"RequestedQuantity", "SalesDocumentRjcnReason", "ProductionPlant", "StorageLocation"},
}


def create(system: System, name: str, body: Row, parent: Row | None) -> Row:
    """Raises Refusal."""
    match name:
        case "A_SalesOrder":
            return system.create_sales_order(body)
        case "A_SalesOrderItem" if parent is not None:
            return system.add_order_item(parent, body)
        case "A_OutbDeliveryHeader":
            return system.create_delivery(body)
        case "A_CustomerReturn":
            return system.create_return(body)
        case "A_MaterialDocumentHeader":
            return system.create_material_document(body)
    raise _not_implemented("CREATE_ENTITY", name)


def change(system: System, name: str, row: Row, changes: Mapping[str, Any]) -> None:
    """Raises Refusal."""
    if unknown := sorted(changes.keys() - CHANGEABLE.get(name, set())):
        raise Refusal(400, "/IWBEP/CM_MGW_RT/053", f"Property '{unknown[0]}' of {name} cannot be changed")
    if name == "A_SalesOrderItem":
        system.change_order_item(row, changes)
    else:
        system.change_delivery(row, changes)


def act(system: System, action: str, delivery: Row) -> None:
    """Raises Refusal."""
    if action == "PickAllItems":
        system.pick(delivery)
    else:
        system.issue_goods(delivery)


def versioned(tables: Tables, name: str, row: Row) -> tuple[str, Row]:
    """The entity set and the row that have the version. Raises Refusal."""
    if name in DOCUMENTS:
        document, column = DOCUMENTS[name]
        found = tables.find(document, {column: row[column]})
        if found is not None:
            return document, found
    if ENTITY_SETS[name].etag is None:
        raise _not_implemented("UPDATE_ENTITY", name)
    return name, row


def _not_implemented(what: str, name: str) -> Refusal:
    return Refusal(
        501, "/IWBEP/CM_MGW_RT/021", f"Method '{name.upper()}_{what}' not implemented in data provider class"
    )
