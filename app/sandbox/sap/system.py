"""What the sandboxed system holds, and what is done to it."""

from app.sandbox.data import SapSystem
from app.sandbox.sap.flow import follow_delivery, follow_goods_issue, follow_invoice
from app.sandbox.sap.model import ENTITY_SETS
from app.sandbox.sap.tables import Tables

_DELIVERY_ITEMS = ENTITY_SETS["A_OutbDeliveryHeader"].links["to_DeliveryDocumentItem"]
_INVOICE_ITEMS = ENTITY_SETS["A_BillingDocument"].links["to_Item"]


def load(data: SapSystem) -> Tables:
    tables = Tables()
    for name, rows in (
        ("A_Customer", data.customers),
        ("A_BusinessPartner", data.business_partners),
        ("A_MatlStkInAcctMod", [{"InventoryStockType": "01", **row} for row in data.stock]),
        ("A_SalesOrder", data.sales_orders),
        ("A_OutbDeliveryHeader", [{"DeliveryVersion": "0001", **row} for row in data.deliveries]),
        ("A_BillingDocument", data.billing_documents),
        ("A_CustomerReturn", data.customer_returns),
    ):
        for row in rows:
            tables.add(name, row)
    for delivery in list(tables.all("A_OutbDeliveryHeader")):
        items = tables.follow(delivery, _DELIVERY_ITEMS)
        follow_delivery(tables, delivery, items)
        if delivery.get("OverallGoodsMovementStatus") == "C":
            follow_goods_issue(tables, delivery, items, f"49{delivery['DeliveryDocument'][-8:]:0>8}")
    for invoice in list(tables.all("A_BillingDocument")):
        follow_invoice(tables, invoice, tables.follow(invoice, _INVOICE_ITEMS))
    return tables
