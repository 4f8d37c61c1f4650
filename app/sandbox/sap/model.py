"""Which entity sets the sandboxed system has, and what their rows hold: SAP's names, described by us.

It is a part of what a real system has. From it come the answers' initial values, what a filter may compare, what a
deep insert may carry, and `$metadata`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

BUSINESS_PARTNER = "API_BUSINESS_PARTNER"
SALES_ORDER = "API_SALES_ORDER_SRV"
DELIVERY = "API_OUTBOUND_DELIVERY_SRV;v=0002"
BILLING = "API_BILLING_DOCUMENT_SRV"
CUSTOMER_RETURN = "API_CUSTOMER_RETURN_SRV"
STOCK = "API_MATERIAL_STOCK_SRV"
MATERIAL_DOCUMENT = "API_MATERIAL_DOCUMENT_SRV"


@dataclass(frozen=True, slots=True)
class Property:
    type: str
    """An Edm type, without `Edm.`."""
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    nullable: bool = True

    @property
    def initial(self) -> object:
        """What SAP answers where nothing was entered."""
        match self.type:
            case "String":
                return ""
            case "Boolean":
                return False
            case "Decimal":
                return f"{0:.{self.scale or 0}f}"
            case "Time":
                return "PT00H00M00S"
            case _:
                return None


@dataclass(frozen=True, slots=True)
class Link:
    """A navigation property: the target's rows whose columns equal the row's."""

    target: str
    columns: Mapping[str, str]
    """The target's column by the row's."""
    is_many: bool = True
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of these those with one of the values in a column."""


@dataclass(frozen=True, slots=True)
class EntitySet:
    service: str
    keys: tuple[str, ...]
    properties: Mapping[str, Property]
    links: Mapping[str, Link] = field(default_factory=dict)
    etag: str | None = None
    """The property whose value is the row's version."""


def _text(length: int) -> Property:
    return Property("String", length)


def _key(length: int) -> Property:
    return Property("String", length, nullable=False)


def _quantity(precision: int = 15) -> Property:
    return Property("Decimal", precision=precision, scale=3)


def _texts(**lengths: int) -> dict[str, Property]:
    return {name: _text(length) for name, length in lengths.items()}


DATE = Property("DateTime", precision=0)
DATE_7 = Property("DateTime", precision=7)
TIME = Property("Time", precision=0)
STAMP = Property("DateTimeOffset", precision=7)
FLAG = Property("Boolean")
LANDLINES = {"PhoneNumberType": frozenset({"1"})}
MOBILES = {"PhoneNumberType": frozenset({"3"})}

_PARTIES = {
    "A_BusinessPartner": EntitySet(
        BUSINESS_PARTNER,
        ("BusinessPartner",),
        {
            "BusinessPartner": _key(10),
            **_texts(Customer=10, BusinessPartnerCategory=1, BusinessPartnerFullName=81, FirstName=40, LastName=40),
            **_texts(OrganizationBPName1=40, OrganizationBPName2=40, CorrespondenceLanguage=2),
            "CreationDate": DATE,
            "CreationTime": TIME,
            "LastChangeDate": DATE,
            "LastChangeTime": TIME,
            "BusinessPartnerIsBlocked": FLAG,
            "IsMarkedForArchiving": FLAG,
        },
        {
            "to_Customer": Link("A_Customer", {"Customer": "Customer"}, is_many=False),
            "to_BusinessPartnerAddress": Link("A_BusinessPartnerAddress", {"BusinessPartner": "BusinessPartner"}),
        },
    ),
    "A_BusinessPartnerAddress": EntitySet(
        BUSINESS_PARTNER,
        ("BusinessPartner", "AddressID"),
        {
            "BusinessPartner": _key(10),
            "AddressID": _key(10),
            **_texts(FullName=80, StreetName=60, HouseNumber=10, AdditionalStreetPrefixName=40, StreetPrefixName=40),
            **_texts(CityName=40, Region=3, PostalCode=10, Country=3),
        },
        {
            "to_EmailAddress": Link("A_AddressEmailAddress", {"AddressID": "AddressID"}),
            "to_PhoneNumber": Link("A_AddressPhoneNumber", {"AddressID": "AddressID"}, only=LANDLINES),
            "to_MobilePhoneNumber": Link("A_AddressPhoneNumber", {"AddressID": "AddressID"}, only=MOBILES),
        },
    ),
    "A_AddressEmailAddress": EntitySet(
        BUSINESS_PARTNER,
        ("AddressID", "Person", "OrdinalNumber"),
        {
            "AddressID": _key(10),
            "Person": _key(10),
            "OrdinalNumber": _key(3),
            "IsDefaultEmailAddress": FLAG,
            "EmailAddress": _text(241),
        },
    ),
    "A_AddressPhoneNumber": EntitySet(
        BUSINESS_PARTNER,
        ("AddressID", "Person", "OrdinalNumber"),
        {
            "AddressID": _key(10),
            "Person": _key(10),
            "OrdinalNumber": _key(3),
            "IsDefaultPhoneNumber": FLAG,
            **_texts(PhoneNumber=30, InternationalPhoneNumber=30, PhoneNumberType=1),
        },
    ),
    "A_Customer": EntitySet(
        BUSINESS_PARTNER,
        ("Customer",),
        {
            "Customer": _key(10),
            **_texts(CustomerName=80, OrderIsBlockedForCustomer=2, DeliveryIsBlocked=2, BillingIsBlockedForCustomer=2),
            "PostingIsBlocked": FLAG,
            "DeletionIndicator": FLAG,
        },
        {
            "to_CustomerCompany": Link("A_CustomerCompany", {"Customer": "Customer"}),
            "to_CustomerSalesArea": Link("A_CustomerSalesArea", {"Customer": "Customer"}),
        },
    ),
    "A_CustomerCompany": EntitySet(
        BUSINESS_PARTNER,
        ("Customer", "CompanyCode"),
        {"Customer": _key(10), "CompanyCode": _key(4), **_texts(PaymentTerms=4, PaymentBlockingReason=1)},
    ),
    "A_CustomerSalesArea": EntitySet(
        BUSINESS_PARTNER,
        ("Customer", "SalesOrganization", "DistributionChannel", "Division"),
        {
            "Customer": _key(10),
            "SalesOrganization": _key(4),
            "DistributionChannel": _key(2),
            "Division": _key(2),
            **_texts(Currency=5, CustomerPaymentTerms=4, OrderIsBlockedForCustomer=2, DeliveryIsBlockedForCustomer=2),
        },
    ),
}

_PRICES = {
    "PricingProcedureStep": _key(3),
    "PricingProcedureCounter": _key(3),
    **_texts(ConditionType=4, ConditionCurrency=5, TransactionCurrency=5),
    "ConditionRateValue": Property("Decimal", precision=24, scale=9),
    "ConditionQuantity": Property("Decimal", precision=5, scale=0),
}

_SALES = {
    "A_SalesOrder": EntitySet(
        SALES_ORDER,
        ("SalesOrder",),
        {
            "SalesOrder": _key(10),
            **_texts(SalesOrderType=4, SalesOrganization=4, DistributionChannel=2, OrganizationDivision=2),
            **_texts(SoldToParty=10, PurchaseOrderByCustomer=35, TransactionCurrency=5, DeliveryBlockReason=2),
            **_texts(OverallSDProcessStatus=1, OverallTotalDeliveryStatus=1, OverallSDDocumentRejectionSts=1),
            "CreationDate": DATE,
            "LastChangeDateTime": STAMP,
            "CustomerPurchaseOrderDate": DATE,
            "TotalNetAmount": _quantity(16),
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
            "SalesOrder": _key(10),
            "SalesOrderItem": _key(6),
            **_texts(Material=40, SalesOrderItemText=40, RequestedQuantityUnit=3, SalesDocumentRjcnReason=2),
            **_texts(ProductionPlant=4, StorageLocation=4, TransactionCurrency=5, SDProcessStatus=1, DeliveryStatus=1),
            "RequestedQuantity": _quantity(),
            "NetAmount": _quantity(16),
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
        {"SalesOrder": _key(10), **_PRICES},
    ),
    "A_SalesOrderItemPrElement": EntitySet(
        SALES_ORDER,
        ("SalesOrder", "SalesOrderItem", "PricingProcedureStep", "PricingProcedureCounter"),
        {"SalesOrder": _key(10), "SalesOrderItem": _key(6), **_PRICES},
    ),
    "A_SalesOrderSubsqntProcFlow": EntitySet(
        SALES_ORDER,
        ("SalesOrder", "DocRelationshipUUID"),
        {
            "SalesOrder": _key(10),
            "DocRelationshipUUID": Property("Guid", nullable=False),
            **_texts(SubsequentDocument=10, SubsequentDocumentCategory=4, OverallSDProcessStatus=1),
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
            "DeliveryDocument": _key(10),
            **_texts(DeliveryDocumentBySupplier=35, BillOfLading=35, DeliveryVersion=4, SoldToParty=10),
            **_texts(OverallSDProcessStatus=1, OverallPickingStatus=1, OverallGoodsMovementStatus=1),
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
            "DeliveryDocument": _key(10),
            "DeliveryDocumentItem": _key(6),
            **_texts(Material=40, Plant=4, StorageLocation=4, DeliveryQuantityUnit=3, DeliveryVersion=4),
            **_texts(ReferenceSDDocument=10, ReferenceSDDocumentItem=6, PickingStatus=1, GoodsMovementStatus=1),
            "ActualDeliveryQuantity": _quantity(13),
        },
        etag="DeliveryVersion",
    ),
    "A_BillingDocument": EntitySet(
        BILLING,
        ("BillingDocument",),
        {
            "BillingDocument": _key(10),
            **_texts(SalesOrganization=4, SoldToParty=10, PurchaseOrderByCustomer=35, TransactionCurrency=5),
            **_texts(SDDocumentCategory=4, BillingDocumentType=4, InvoiceClearingStatus=1, AccountingPostingStatus=1),
            "BillingDocumentIsCancelled": FLAG,
            "CreationDate": DATE,
            "CreationTime": TIME,
            "TotalNetAmount": _quantity(16),
            "TaxAmount": _quantity(14),
            "TotalGrossAmount": _quantity(17),
            "LastChangeDateTime": STAMP,
        },
        {"to_Item": Link("A_BillingDocumentItem", {"BillingDocument": "BillingDocument"})},
        etag="LastChangeDateTime",
    ),
    "A_BillingDocumentItem": EntitySet(
        BILLING,
        ("BillingDocument", "BillingDocumentItem"),
        {
            "BillingDocument": _key(10),
            "BillingDocumentItem": _key(6),
            **_texts(SalesDocument=10, SalesDocumentItem=6, Material=40, BillingQuantityUnit=3),
            "BillingQuantity": _quantity(13),
        },
    ),
    "A_CustomerReturn": EntitySet(
        CUSTOMER_RETURN,
        ("CustomerReturn",),
        {
            "CustomerReturn": _key(10),
            **_texts(CustomerReturnType=4, SalesOrganization=4, DistributionChannel=2, OrganizationDivision=2),
            **_texts(SoldToParty=10, PurchaseOrderByCustomer=35, TransactionCurrency=5, SDDocumentReason=3),
            **_texts(AssignmentReference=18, OverallSDProcessStatus=1, OverallSDDocumentRejectionSts=1),
            "CreationDate": DATE,
            "LastChangeDateTime": STAMP,
            "TotalNetAmount": _quantity(16),
        },
        {"to_Item": Link("A_CustomerReturnItem", {"CustomerReturn": "CustomerReturn"})},
        etag="LastChangeDateTime",
    ),
    "A_CustomerReturnItem": EntitySet(
        CUSTOMER_RETURN,
        ("CustomerReturn", "CustomerReturnItem"),
        {
            "CustomerReturn": _key(10),
            "CustomerReturnItem": _key(6),
            **_texts(Material=40, RequestedQuantityUnit=3, ReferenceSDDocument=10, ReferenceSDDocumentItem=6),
            **_texts(ReturnReason=3, CustRetItmFollowUpActivity=4),
            "RequestedQuantity": _quantity(),
        },
    ),
}

_GOODS = {
    "A_MatlStkInAcctMod": EntitySet(
        STOCK,
        (
            *("Material", "Plant", "StorageLocation", "Batch", "Supplier", "Customer", "WBSElementInternalID"),
            *("SDDocument", "SDDocumentItem", "InventorySpecialStockType", "InventoryStockType"),
        ),
        {
            **{name: _key(10) for name in ("Batch", "Supplier", "Customer", "SDDocument")},
            "Material": _key(40),
            "Plant": _key(4),
            "StorageLocation": _key(4),
            "WBSElementInternalID": _key(8),
            "SDDocumentItem": _key(6),
            "InventorySpecialStockType": _key(1),
            "InventoryStockType": _key(2),
            "MaterialBaseUnit": _text(3),
            "MatlWrhsStkQtyInMatlBaseUnit": Property("Decimal", precision=31, scale=14),
        },
    ),
    "A_MaterialDocumentHeader": EntitySet(
        MATERIAL_DOCUMENT,
        ("MaterialDocumentYear", "MaterialDocument"),
        {
            "MaterialDocumentYear": _key(4),
            "MaterialDocument": _key(10),
            **_texts(MaterialDocumentHeaderText=25, ReferenceDocument=16, GoodsMovementCode=2),
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
            "MaterialDocumentYear": _key(4),
            "MaterialDocument": _key(10),
            "MaterialDocumentItem": _key(4),
            **_texts(Material=40, Plant=4, StorageLocation=4, GoodsMovementType=3, EntryUnit=3, CostCenter=10),
            **_texts(Delivery=10, DeliveryItem=6, MaterialDocumentItemText=50),
            "QuantityInEntryUnit": _quantity(13),
        },
    ),
}

ENTITY_SETS: Mapping[str, EntitySet] = {**_PARTIES, **_SALES, **_FOLLOWING, **_GOODS}
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
