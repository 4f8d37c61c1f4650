"""Whether SAP lets us in, and whether its services have what we read and write: compared with their `$metadata`."""

from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree

import msgspec

from app.connectors.batching import side_by_side
from app.connectors.contract import SourceRefused
from app.connectors.ports.checking import Finding
from app.connectors.sap import documents, mapping, partners
from app.connectors.sap.api import SapApi
from app.connectors.sap.odata import Row, row_type_in

UNAUTHORIZED = 401
ROWS: tuple[type[Row], ...] = (
    *(mapping.AccountRow, mapping.OrderRow, mapping.InvoiceRow, mapping.ReturnRow, mapping.StockRow),
    *(partners.PartnerRow, documents.Order, documents.OrderItem, documents.Delivery, documents.DeliveryItem),
    *(documents.CustomerReturn, documents.MaterialDocument, documents.BaseUnit),
)
"""What queries select."""
ALSO: Mapping[str, frozenset[str]] = {
    "A_BusinessPartner": frozenset({"Customer"}),
    "A_SalesOrder": frozenset(
        (
            *("SalesOrderType", "SalesOrganization", "DistributionChannel", "OrganizationDivision", "SoldToParty"),
            *("PurchaseOrderByCustomer", "CustomerPurchaseOrderDate", "TransactionCurrency", "to_PricingElement"),
        )
    ),
    "A_SalesOrderItem": frozenset({"Material", "to_PricingElement"}),
    "A_BillingDocument": frozenset({"SalesOrganization"}),
    "A_OutbDeliveryItem": frozenset({"DeliveryQuantityUnit"}),
    "A_CustomerReturn": frozenset(
        (
            *("CustomerReturnType", "SalesOrganization", "DistributionChannel", "OrganizationDivision", "SoldToParty"),
            *("AssignmentReference", "to_Item"),
        )
    ),
    "A_MatlStkInAcctMod": frozenset({"InventoryStockType", "InventorySpecialStockType"}),
    "A_MaterialDocumentHeader": frozenset(
        (
            *("GoodsMovementCode", "DocumentDate", "PostingDate", "ReferenceDocument", "MaterialDocumentHeaderText"),
            "to_MaterialDocumentItem",
        )
    ),
}
"""What filters and bodies name beside these."""


class SapCheck:
    _api: SapApi

    async def check(self, *, deadline: float) -> tuple[Finding, ...]:
        used = used_names()
        try:
            findings = await side_by_side(*(self._service(name, used[name], deadline) for name in sorted(used)))
        except SourceRefused as refusal:
            return (Finding("credentials", is_ok=False, detail=f"{refusal.message}: look at user and password."),)
        return (Finding("credentials", is_ok=True, detail="SAP lets us in."), *findings)

    async def _service(self, service: str, used: Mapping[str, frozenset[str]], deadline: float) -> Finding:
        what = f"service {service}"
        try:
            there = described(await self._api.metadata(service, deadline=deadline))
        except SourceRefused as refusal:
            if refusal.status == UNAUTHORIZED:
                raise
            detail = f"{refusal.message}: add its scenario to the communication arrangement, or activate it."
            return Finding(what, is_ok=False, detail=detail)
        except ElementTree.ParseError:
            return Finding(what, is_ok=False, detail="Its description of itself cannot be read.")
        missing = sorted(
            f"{name}.{each}" for name, fields in used.items() for each in fields - there.get(name, frozenset())
        )
        if missing:
            return Finding(
                what, is_ok=False, detail=f"It lacks {', '.join(missing)}: its release is older than we need."
            )
        return Finding(what, is_ok=True, detail="It has all that we use.")


def used_names() -> dict[str, dict[str, frozenset[str]]]:
    """Properties and navigation properties by service and entity set."""
    used: dict[str, dict[str, frozenset[str]]] = {}
    for row_type in ROWS:
        for name, fields in _names(row_type):
            sets = used.setdefault(row_type.service, {})
            sets[name] = sets.get(name, frozenset()) | fields | ALSO.get(name, frozenset())
    return used


def described(metadata: bytes) -> dict[str, frozenset[str]]:
    """What each entity set's rows have. Raises ParseError."""
    # A system that we trust with our orders, and the parser itself stops at entities that multiply.
    root = ElementTree.fromstring(metadata)  # noqa: S314
    elements = [(each, each.tag.rpartition("}")[2]) for each in root.iter()]
    types = {each.get("Name", ""): frozenset(_members(each)) for each, tag in elements if tag == "EntityType"}
    return {
        each.get("Name", ""): types.get(each.get("EntityType", "").rpartition(".")[2], frozenset())
        for each, tag in elements
        if tag == "EntitySet"
    }


def _members(entity_type: ElementTree.Element) -> Iterator[str]:
    for each in entity_type:
        if each.tag.rpartition("}")[2] in ("Property", "NavigationProperty"):
            yield each.get("Name", "")


def _names(row_type: type[Row]) -> Iterable[tuple[str, frozenset[str]]]:
    fields = msgspec.structs.fields(row_type)
    yield row_type.entity_set, frozenset(each.encode_name for each in fields if not each.encode_name.startswith("__"))
    for each in fields:
        below = row_type_in(each.type)
        if below is not None:
            yield from _names(below)
