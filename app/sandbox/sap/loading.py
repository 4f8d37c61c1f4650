"""Puts what the system starts with into its tables, with the document flow that follows from the documents."""

from app.sandbox.data import SapSystem
from app.sandbox.sap.entity_sets import ENTITY_SETS
from app.sandbox.sap.flow import follow_delivery, follow_goods_issue, follow_invoice
from app.sandbox.sap.tables import Tables

DELIVERY_ITEMS = ENTITY_SETS["A_OutbDeliveryHeader"].links["to_DeliveryDocumentItem"]
INVOICE_ITEMS = ENTITY_SETS["A_BillingDocument"].links["to_Item"]
MATERIAL = ENTITY_SETS["A_MaterialStock"].properties


def load(data: SapSystem) -> Tables:
    tables = Tables()
    for name, rows in (
        ("A_Customer", data.customers),
        ("A_BusinessPartner", data.business_partners),
        ("A_MaterialStock", [{name: row.get(name, "PC") for name in MATERIAL} for row in data.stock]),
        ("A_MatlStkInAcctMod", [{"InventoryStockType": "01", **row} for row in data.stock]),
        ("A_SalesOrder", data.sales_orders),
        ("A_OutbDeliveryHeader", [{"DeliveryVersion": "0001", **row} for row in data.deliveries]),
        ("A_BillingDocument", data.billing_documents),
        ("A_CustomerReturn", data.customer_returns),
    ):
        for row in rows:
            tables.add(name, row)
    for delivery in list(tables.all("A_OutbDeliveryHeader")):
        items = tables.follow(delivery, DELIVERY_ITEMS)
        follow_delivery(tables, delivery, items)
        if delivery.get("OverallGoodsMovementStatus") == "C":
            follow_goods_issue(tables, delivery, items, f"49{delivery['DeliveryDocument'][-8:]:0>8}")
    for invoice in list(tables.all("A_BillingDocument")):
        follow_invoice(tables, invoice, tables.follow(invoice, INVOICE_ITEMS))
    return tables
