"""Which entity sets the sandboxed system has, and what their rows hold: SAP's names, described by us.

It is a part of what a real system has. From it come the answers' initial values, what a filter may compare, what a
deep insert may carry, and `$metadata`.
"""

from collections.abc import Mapping
from functools import cache

from app.sandbox.sap import parties
from app.sandbox.sap.columns import DATE, DATE_7, FLAG, STAMP, TIME, key, quantity, text, texts
from app.sandbox.sap.model import EntitySet, Link, Property

SALES_ORDER = "API_SALES_ORDER_SRV"
DELIVERY = "API_OUTBOUND_DELIVERY_SRV;v=0002"
BILLING = "API_BILLING_DOCUMENT_SRV"
CUSTOMER_RETURN = "API_CUSTOMER_RETURN_SRV"
STOCK = "API_MATERIAL_STOCK_SRV"
MATERIAL_DOCUMENT = "API_MATERIAL_DOCUMENT_SRV"


_PRICES = {
    "PricingProcedureStep": key(3),
    "PricingProcedureCounter": key(3),
    **texts(ConditionType=4, ConditionCurrency=5, TransactionCurrency=5),
    "ConditionRateValue": Property("Decimal", precision=24, scale=9),
    "ConditionQuantity": Property("Decimal", precision=5, scale=0),
}

_SALES = {
    "A_SalesOrder": EntitySet(
        SALES_ORDER,
        ("SalesOrder",),
        {
            "SalesOrder": key(10),
            **texts(SalesOrderType=4, SalesOrganization=4, DistributionChannel=2, OrganizationDivision=2),
            **texts(SoldToParty=10, PurchaseOrderByCustomer=35, TransactionCurrency=5, DeliveryBlockReason=2),
            **texts(OverallSDProcessStatus=1, OverallTotalDeliveryStatus=1, OverallSDDocumentRejectionSts=1),
            "CreationDate": DATE,
            "LastChangeDateTime": STAMP,
            "CustomerPurchaseOrderDate": DATE,
            "TotalNetAmount": quantity(16),
        },
        {
            "to_Item": Link("A_SalesOrderItem", {"SalesOrder": "SalesOrder"}),
            "to_PricingElement": Link("A_SalesOrderHeaderPrElement", {"SalesOrder": "SalesOrder"}),
            "to_SubsequentProcFlowDoc": Link("A_SalesOrderSubsqntProcFlow", {"SalesOrder": "SalesOrder"}),
        },
        etag="LastChangeDateTime",
    ),
    "A_SalesOrderItem": EntitySet(
        SALES_ORDER,
        ("SalesOrder", "SalesOrderItem"),
        {
            "SalesOrder": key(10),
            "SalesOrderItem": key(6),
            "HigherLevelItem": text(6),
            **texts(Material=40, SalesOrderItemText=40, RequestedQuantityUnit=3, SalesDocumentRjcnReason=2),
            **texts(ProductionPlant=4, StorageLocation=4, TransactionCurrency=5, SDProcessStatus=1, DeliveryStatus=1),
            "RequestedQuantity": quantity(),
            "NetAmount": quantity(16),
        },
        {
            "to_PricingElement": Link(
                "A_SalesOrderItemPrElement", {"SalesOrder": "SalesOrder", "SalesOrderItem": "SalesOrderItem"}
            )
        },
    ),
    "A_SalesOrderHeaderPrElement": EntitySet(
        SALES_ORDER,
        ("SalesOrder", "PricingProcedureStep", "PricingProcedureCounter"),
        {"SalesOrder": key(10), **_PRICES},
    ),
    "A_SalesOrderItemPrElement": EntitySet(
        SALES_ORDER,
        ("SalesOrder", "SalesOrderItem", "PricingProcedureStep", "PricingProcedureCounter"),
        {"SalesOrder": key(10), "SalesOrderItem": key(6), **_PRICES},
    ),
    "A_SalesOrderSubsqntProcFlow": EntitySet(
        SALES_ORDER,
        ("SalesOrder", "DocRelationshipUUID"),
        {
            "SalesOrder": key(10),
            "DocRelationshipUUID": Property("Guid", nullable=False),
            **texts(SubsequentDocument=10, SubsequentDocumentCategory=4, OverallSDProcessStatus=1),
            "CreationDate": DATE,
            "CreationTime": TIME,
        },
    ),
}

_FOLLOWING = {
    "A_OutbDeliveryHeader": EntitySet(
        DELIVERY,
        ("DeliveryDocument",),
        {
            "DeliveryDocument": key(10),
            **texts(DeliveryDocumentBySupplier=35, BillOfLading=35, DeliveryVersion=4, SoldToParty=10),
            **texts(OverallSDProcessStatus=1, OverallPickingStatus=1, OverallGoodsMovementStatus=1),
            "CreationDate": DATE_7,
            "ActualGoodsMovementDate": DATE_7,
        },
        {"to_DeliveryDocumentItem": Link("A_OutbDeliveryItem", {"DeliveryDocument": "DeliveryDocument"})},
        etag="DeliveryVersion",
    ),
    "A_OutbDeliveryItem": EntitySet(
        DELIVERY,
        ("DeliveryDocument", "DeliveryDocumentItem"),
        {
            "DeliveryDocument": key(10),
            "DeliveryDocumentItem": key(6),
            **texts(Material=40, Plant=4, StorageLocation=4, DeliveryQuantityUnit=3, DeliveryVersion=4),
            **texts(ReferenceSDDocument=10, ReferenceSDDocumentItem=6, PickingStatus=1, GoodsMovementStatus=1),
            "ActualDeliveryQuantity": quantity(13),
        },
        etag="DeliveryVersion",
    ),
    "A_BillingDocument": EntitySet(
        BILLING,
        ("BillingDocument",),
        {
            "BillingDocument": key(10),
            **texts(SalesOrganization=4, SoldToParty=10, PurchaseOrderByCustomer=35, TransactionCurrency=5),
            **texts(SDDocumentCategory=4, BillingDocumentType=4, InvoiceClearingStatus=1, AccountingPostingStatus=1),
            "BillingDocumentIsCancelled": FLAG,
            "CreationDate": DATE,
            "CreationTime": TIME,
            "TotalNetAmount": quantity(16),
            "TaxAmount": quantity(14),
            "TotalGrossAmount": quantity(17),
            "LastChangeDateTime": STAMP,
        },
        {"to_Item": Link("A_BillingDocumentItem", {"BillingDocument": "BillingDocument"})},
        etag="LastChangeDateTime",
    ),
    "A_BillingDocumentItem": EntitySet(
        BILLING,
        ("BillingDocument", "BillingDocumentItem"),
        {
            "BillingDocument": key(10),
            "BillingDocumentItem": key(6),
            **texts(SalesDocument=10, SalesDocumentItem=6, Material=40, BillingQuantityUnit=3),
            "BillingQuantity": quantity(13),
        },
    ),
    "A_CustomerReturn": EntitySet(
        CUSTOMER_RETURN,
        ("CustomerReturn",),
        {
            "CustomerReturn": key(10),
            **texts(CustomerReturnType=4, SalesOrganization=4, DistributionChannel=2, OrganizationDivision=2),
            **texts(SoldToParty=10, PurchaseOrderByCustomer=35, TransactionCurrency=5, SDDocumentReason=3),
            **texts(AssignmentReference=18, OverallSDProcessStatus=1, OverallSDDocumentRejectionSts=1),
            "CreationDate": DATE,
            "LastChangeDateTime": STAMP,
            "TotalNetAmount": quantity(16),
        },
        {"to_Item": Link("A_CustomerReturnItem", {"CustomerReturn": "CustomerReturn"})},
        etag="LastChangeDateTime",
    ),
    "A_CustomerReturnItem": EntitySet(
        CUSTOMER_RETURN,
        ("CustomerReturn", "CustomerReturnItem"),
        {
            "CustomerReturn": key(10),
            "CustomerReturnItem": key(6),
            **texts(Material=40, RequestedQuantityUnit=3, ReferenceSDDocument=10, ReferenceSDDocumentItem=6),
            **texts(ReturnReason=3, CustRetItmFollowUpActivity=4),
            "RequestedQuantity": quantity(),
        },
    ),
}

_GOODS = {
    "A_MaterialStock": EntitySet(STOCK, ("Material",), {"Material": key(40), "MaterialBaseUnit": text(3)}),
    "A_MatlStkInAcctMod": EntitySet(
        STOCK,
        (
            *("Material", "Plant", "StorageLocation", "Batch", "Supplier", "Customer", "WBSElementInternalID"),
            *("SDDocument", "SDDocumentItem", "InventorySpecialStockType", "InventoryStockType"),
        ),
        {
            **{name: key(10) for name in ("Batch", "Supplier", "Customer", "SDDocument")},
            "Material": key(40),
            "Plant": key(4),
            "StorageLocation": key(4),
            "WBSElementInternalID": key(8),
            "SDDocumentItem": key(6),
            "InventorySpecialStockType": key(1),
            "InventoryStockType": key(2),
            "MaterialBaseUnit": text(3),
            "MatlWrhsStkQtyInMatlBaseUnit": Property("Decimal", precision=31, scale=14),
        },
    ),
    "A_MaterialDocumentHeader": EntitySet(
        MATERIAL_DOCUMENT,
        ("MaterialDocumentYear", "MaterialDocument"),
        {
            "MaterialDocumentYear": key(4),
            "MaterialDocument": key(10),
            **texts(MaterialDocumentHeaderText=25, ReferenceDocument=16, GoodsMovementCode=2),
            "DocumentDate": DATE,
            "PostingDate": DATE,
            "CreationDate": DATE,
        },
        {
            "to_MaterialDocumentItem": Link(
                "A_MaterialDocumentItem",
                {"MaterialDocumentYear": "MaterialDocumentYear", "MaterialDocument": "MaterialDocument"},
            )
        },
    ),
    "A_MaterialDocumentItem": EntitySet(
        MATERIAL_DOCUMENT,
        ("MaterialDocumentYear", "MaterialDocument", "MaterialDocumentItem"),
        {
            "MaterialDocumentYear": key(4),
            "MaterialDocument": key(10),
            "MaterialDocumentItem": key(4),
            **texts(Material=40, Plant=4, StorageLocation=4, GoodsMovementType=3, EntryUnit=3, CostCenter=10),
            **texts(Delivery=10, DeliveryItem=6, MaterialDocumentItemText=50),
            "QuantityInEntryUnit": quantity(13),
        },
    ),
}

ENTITY_SETS: Mapping[str, EntitySet] = {**parties.ENTITY_SETS, **_SALES, **_FOLLOWING, **_GOODS}
ACTIONS: Mapping[str, tuple[str, ...]] = {DELIVERY: ("PickAllItems", "PostGoodsIssue")}
"""Function imports that change a delivery, by service."""


@cache
def services() -> Mapping[str, tuple[str, ...]]:
    """The entity sets of each service."""
    found: dict[str, list[str]] = {}
    for name, entity_set in ENTITY_SETS.items():
        found.setdefault(entity_set.service, []).append(name)
    return {service: tuple(names) for service, names in found.items()}


def namespace(service: str) -> str:
    return service.partition(";")[0]
