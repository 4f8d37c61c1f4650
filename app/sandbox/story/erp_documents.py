"""What the ERP wrote about orders that are driven here: sales orders, deliveries, invoices and returns."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from app.domain.money import decimal_amount
from app.domain.order import OrderManagement, OrderStatus
from app.domain.payment import TransactionKind, TransactionStatus
from app.domain.returns import ReturnStatus
from app.sandbox.data import Row
from app.sandbox.story.book import Tables

ERP = "sap"
_CONFIRMED = (OrderStatus.CONFIRMED, OrderStatus.PROCESSING, OrderStatus.COMPLETED)
_AUTHORIZED = (TransactionKind.AUTHORIZATION, TransactionKind.SALE)
_CAPTURED = (TransactionKind.CAPTURE, TransactionKind.SALE)
_AREA = {"SalesOrganization": "1010", "DistributionChannel": "10", "OrganizationDivision": "00"}
_PIECES = "PC"
# Each kind of document is counted from another number, as number ranges are.
_SALES_ORDERS, _RETURNS, _DELIVERIES, _INVOICES = 10_000, 60_000_000, 80_000_000, 90_000_000
_UNTOUCHED, _PARTLY, _DONE = "A", "B", "C"
_CALLED_OFF = "50"
"""A reason for rejecting an item."""


class Documents:
    """`partners` are the ERP's numbers of customers, `guests` that of all others; `places` are plant and storage
    location by the key of ours.
    """

    def __init__(
        self, tables: Tables, partners: Mapping[UUID, str], places: Mapping[str, Sequence[str]], guests: str
    ) -> None:
        self._tables = tables
        self._partners = partners
        self._guests = guests
        self._places = {row["id"]: places[row["key"]] for row in tables["locations"] if row["key"] in places}
        self._lines = _grouped(tables["order_lines"], "order_id")
        self._line_of = {row["id"]: row for row in tables["order_lines"]}
        self._captures = _transactions(tables, _CAPTURED)
        self._numbers = {
            row["order_id"]: row["external_id"] for row in tables["order_references"] if row["source_key"] == ERP
        }
        self._orders = {row["id"]: row for row in tables["orders"] if row["id"] in self._numbers}

    def sales_orders(self) -> list[Row]:
        return [self._sales_order(row) for row in self._orders.values()]

    def deliveries(self) -> list[Row]:
        contents = _grouped(self._tables["shipment_lines"], "shipment_id")
        shipped = [
            row
            for row in self._tables["shipments"]
            if row["order_id"] in self._orders and row["shipped_at"] and row["fulfillment_order_id"]
        ]
        shipped.sort(key=lambda row: (row["shipped_at"], row["id"]))
        return [self._delivery(row, contents[row["id"]], n) for n, row in enumerate(shipped, _DELIVERIES + 1)]

    def invoices(self) -> list[Row]:
        paid = [(self._orders[id_], each) for id_, each in self._captures.items() if id_ in self._orders]
        paid.sort(key=lambda pair: (pair[1]["at"], pair[1]["id"]))
        return [self._invoice(order, capture, n) for n, (order, capture) in enumerate(paid, _INVOICES + 1)]

    def returns(self) -> list[Row]:
        contents = _grouped(self._tables["return_lines"], "return_id")
        rows = self._tables["returns"]
        closed = [row for row in rows if row["status"] is ReturnStatus.CLOSED and row["order_id"] in self._orders]
        closed.sort(key=lambda row: (row["closed_at"], row["id"]))
        return [self._return(row, contents[row["id"]], n) for n, row in enumerate(closed, _RETURNS + 1)]

    def _sales_order(self, order: Row) -> Row:
        lines = self._lines[order["id"]]
        wanted = [line for line in lines if line["ordered"] > line["canceled"]]
        delivered = _progress(sum(line["shipped"] for line in wanted), sum(map(_units, wanted)))
        is_over = not wanted or (delivered == _DONE and order["id"] in self._captures)
        return {
            "SalesOrder": self._numbers[order["id"]],
            "SalesOrderType": "OR",
            **_AREA,
            "SoldToParty": self._sold_to(order),
            "PurchaseOrderByCustomer": order["number"],
            "CustomerPurchaseOrderDate": day(order["placed_at"]),
            "CreationDate": day(order["placed_at"]),
            "LastChangeDateTime": _stamp(order["updated_at"]),
            "TransactionCurrency": order["currency"],
            "TotalNetAmount": _amount(order["total_minor"] - order["tax_minor"], order),
            "OverallTotalDeliveryStatus": delivered,
            "OverallSDDocumentRejectionSts": _progress(len(lines) - len(wanted), len(lines)),
            "OverallSDProcessStatus": _DONE if is_over else delivered if delivered == _UNTOUCHED else _PARTLY,
            "to_Item": [_item(line) for line in lines],
        }

    def _delivery(self, shipment: Row, contents: Sequence[Row], number: int) -> Row:
        order = self._orders[shipment["order_id"]]
        plant, storage_location = self._places.get(shipment["location_id"], ("", ""))
        return {
            "DeliveryDocument": str(number),
            "DeliveryDocumentBySupplier": shipment["number"],
            "BillOfLading": shipment["tracking_number"],
            "SoldToParty": self._sold_to(order),
            "OverallPickingStatus": _DONE,
            "OverallGoodsMovementStatus": _DONE,
            "OverallSDProcessStatus": _DONE if order["id"] in self._captures else _PARTLY,
            "CreationDate": day(shipment["created_at"]),
            "ActualGoodsMovementDate": day(shipment["shipped_at"]),
            "to_DeliveryDocumentItem": [
                {
                    "DeliveryDocumentItem": f"{turn * 10}",
                    "Material": self._line_of[each["order_line_id"]]["sku"],
                    "Plant": plant,
                    "StorageLocation": storage_location,
                    "ActualDeliveryQuantity": str(each["quantity"]),
                    "DeliveryQuantityUnit": _PIECES,
                    "PickingStatus": _DONE,
                    "GoodsMovementStatus": _DONE,
                    **self._reference(each),
                }
                for turn, each in enumerate(contents, start=1)
            ],
        }

    def _invoice(self, order: Row, capture: Row, number: int) -> Row:
        lines = self._lines[order["id"]]
        wanted = [line for line in lines if line["ordered"] > line["canceled"]]
        return {
            "BillingDocument": str(number),
            "BillingDocumentIsCancelled": not wanted,
            "BillingDocumentType": "F2",
            "SalesOrganization": _AREA["SalesOrganization"],
            "SoldToParty": self._sold_to(order),
            "PurchaseOrderByCustomer": order["number"],
            "TransactionCurrency": order["currency"],
            "TotalNetAmount": _amount(capture["amount_minor"] - order["tax_minor"], order),
            "TaxAmount": _amount(order["tax_minor"], order),
            "TotalGrossAmount": _amount(capture["amount_minor"], order),
            "AccountingPostingStatus": _DONE,
            "InvoiceClearingStatus": _DONE,
            "CreationDate": day(capture["at"]),
            "CreationTime": time_of(capture["at"]),
            "LastChangeDateTime": _stamp(capture["at"]),
            "to_Item": [
                {
                    "BillingDocumentItem": _item_number(line),
                    "SalesDocument": self._numbers[order["id"]],
                    "SalesDocumentItem": _item_number(line),
                    "Material": line["sku"],
                    "BillingQuantity": str(_units(line) or line["ordered"]),
                    "BillingQuantityUnit": _PIECES,
                }
                for line in wanted or lines
            ],
        }

    def _return(self, returned: Row, contents: Sequence[Row], number: int) -> Row:
        order = self._orders[returned["order_id"]]
        tax_minor = sum(each["tax_minor"] for each in contents)
        return {
            "CustomerReturn": str(number),
            "CustomerReturnType": "CBAR",
            **_AREA,
            "SoldToParty": self._sold_to(order),
            "PurchaseOrderByCustomer": order["number"],
            "AssignmentReference": returned["number"],
            "TransactionCurrency": order["currency"],
            "TotalNetAmount": _amount(returned["refund_minor"] - tax_minor, order),
            "OverallSDProcessStatus": _DONE,
            "OverallSDDocumentRejectionSts": _UNTOUCHED,
            "CreationDate": day(returned["requested_at"]),
            "LastChangeDateTime": _stamp(returned["closed_at"]),
            "to_Item": [
                {
                    "CustomerReturnItem": f"{turn * 10}",
                    "Material": self._line_of[each["order_line_id"]]["sku"],
                    "RequestedQuantity": str(each["quantity"]),
                    "RequestedQuantityUnit": _PIECES,
                    **self._reference(each),
                }
                for turn, each in enumerate(contents, start=1)
            ],
        }

    def _sold_to(self, order: Row) -> str:
        return self._partners.get(order["customer_id"], self._guests)

    def _reference(self, part: Row) -> Row:
        """From a line of a shipment or return to the sales order's item."""
        line = self._line_of[part["order_line_id"]]
        return {
            "ReferenceSDDocument": self._numbers[line["order_id"]],
            "ReferenceSDDocumentItem": _item_number(line),
        }


def confirmed_orders(tables: Tables) -> list[Row]:
    """The ERP is told of an order once it is confirmed, and keeps what is called off later. In the store's order."""
    authorized = _transactions(tables, _AUTHORIZED)
    return [
        row
        for row in tables["orders"]
        if row["management"] is OrderManagement.MANAGED
        and (row["status"] in _CONFIRMED or (row["status"] is OrderStatus.CANCELED and row["id"] in authorized))
    ]


def first_number(order: Row) -> str:
    """Of the sales order, in the story; orders since then have theirs from the ERP."""
    return str(_SALES_ORDERS + int(order["number"]))


def day(at: datetime) -> str:
    """As OData writes a date, which is the beginning of the day in UTC."""
    return _milliseconds(at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0), "")


def time_of(at: datetime) -> str:
    return f"{at.astimezone(UTC):PT%HH%MM%SS}"


def _stamp(at: datetime) -> str:
    return _milliseconds(at, "+0000")


def _milliseconds(at: datetime, offset: str) -> str:
    return f"/Date({int(at.timestamp()) * 1000}{offset})/"


def _item(line: Row) -> Row:
    is_called_off = line["canceled"] == line["ordered"]
    return {
        "SalesOrderItem": _item_number(line),
        "Material": line["sku"],
        "SalesOrderItemText": line["title"][:40],
        "RequestedQuantity": str(line["ordered"] if is_called_off else _units(line)),
        "RequestedQuantityUnit": _PIECES,
        "TransactionCurrency": line["currency"],
        "NetAmount": _amount(line["total_minor"] - line["tax_minor"], line),
        "SalesDocumentRjcnReason": _CALLED_OFF if is_called_off else "",
        "SDProcessStatus": _DONE if is_called_off else _progress(line["shipped"], _units(line)),
        "DeliveryStatus": "" if is_called_off else _progress(line["shipped"], _units(line)),
    }


def _item_number(line: Row) -> str:
    return f"{line['position'] * 10}"


def _units(line: Row) -> int:
    units: int = line["ordered"] - line["canceled"]
    return units


def _progress(done: int, of: int) -> str:
    return _UNTOUCHED if not done else _DONE if done >= of else _PARTLY


def _amount(minor: int, row: Row) -> str:
    return str(decimal_amount(minor, row["currency"]))


def _grouped(rows: Iterable[Row], column: str) -> Mapping[UUID, list[Row]]:
    groups: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def _transactions(tables: Tables, kinds: Sequence[TransactionKind]) -> dict[UUID, Row]:
    """The first successful one of these kinds by order."""
    orders = {row["id"]: row["order_id"] for row in tables["payments"]}
    found: dict[UUID, Row] = {}
    for each in sorted(tables["payment_transactions"], key=lambda row: (row["at"], row["id"])):
        if each["kind"] in kinds and each["status"] is TransactionStatus.SUCCESS:
            found.setdefault(orders[each["payment_id"]], each)
    return found
