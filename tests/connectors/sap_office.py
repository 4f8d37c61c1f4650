"""A connector to an SAP system in this process, which fails where the test says."""

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import httpx2
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.connectors.ports.sinks import DocumentLine, OrderDocument, ReturnDocument, ReturnLine, ShipmentDocument
from app.connectors.registry import Registry
from app.connectors.sap.client import SapConnector
from app.domain.money import Money
from app.domain.outgoing import Push
from app.sandbox.data import SapSystem
from app.sandbox.faults import FaultState, FaultyApp
from app.sandbox.sap.wire import SapApp
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import make_config, make_partner, make_stock

AT = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
PARTNERS = [make_partner(number) for number in (1, 9)]
STOCKED = SapSystem(
    business_partners=[partner for partner, _ in PARTNERS],
    customers=[customer for _, customer in PARTNERS],
    stock=[
        make_stock("ESP-1", "1010/101A", "15.000"),
        make_stock("ESP-1", "1020/102A", "5.000"),
        make_stock("MUG-2", "1010/101A", "40.000"),
    ],
)


class Office:
    def __init__(
        self,
        data: SapSystem = STOCKED,
        *,
        rows_per_page: int = 1_000,
        push: frozenset[Push] = frozenset(),
        **settings: str,
    ) -> None:
        self.clock = FakeClock()
        now = self.clock.now
        self.app = SapApp(
            data, rows_per_page=rows_per_page, monotonic=self.clock.monotonic, now=lambda: now().timestamp()
        )
        self.faults = FaultState()
        http = httpx2.ASGITransport(self._dated(FaultyApp(self.app.asgi, self.faults)))
        config = make_config("sap", "http://sap.test", **{"guest_customer": "9", **settings})
        config = replace(config, push=push)
        connector = Registry([config], http=http, clock=self.clock.as_clock())["sap"]
        assert isinstance(connector, SapConnector)
        self.sap = connector

    def _dated(self, app: ASGIApp) -> ASGIApp:
        """As every server on the network says when it answered."""

        async def dated(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_dated(message: Message) -> None:
                if message["type"] == "http.response.start":
                    date = format_datetime(self.clock.now(), usegmt=True).encode()
                    message["headers"] = [*message["headers"], (b"date", date)]
                await send(message)

            await app(scope, receive, send_dated)

        return dated

    def deadline(self) -> float:
        return self.clock.monotonic() + 600

    def rows(self, name: str) -> list[dict[str, Any]]:
        return list(self.app.tables.all(name))

    def on_hand(self, material: str, place: str) -> str:
        plant, _, storage_location = place.partition("/")
        found = (row for row in self.rows("A_MatlStkInAcctMod") if row["Material"] == material)
        here = (row for row in found if (row["Plant"], row["StorageLocation"]) == (plant, storage_location))
        return str(next(here)["MatlWrhsStkQtyInMatlBaseUnit"])


def make_line(position: int, sku: str, quantity: int, *, price: int = 1_000, discount: int = 0) -> DocumentLine:
    return DocumentLine(
        position=position,
        sku=sku,
        external_id=None,
        title=sku.title(),
        quantity=quantity,
        unit_price=Money(price, "USD"),
        discount=Money(discount, "USD"),
        tax=Money(0, "USD"),
    )


def make_order(*lines: DocumentLine, **fields: Any) -> OrderDocument:
    order = OrderDocument(
        number="J-1001",
        external_id=None,
        channel="web",
        placed_at=AT,
        currency="USD",
        customer_number="C-1",
        customer_external_id="0000000001",
        contact_name="Ada",
        contact_email="ada@example.com",
        shipping_address=None,
        shipping_method=None,
        shipping=Money(500, "USD"),
        total=Money(4_500, "USD"),
        lines=lines or (make_line(1, "ESP-1", 3), make_line(2, "MUG-2", 1)),
        is_canceled=False,
    )
    return replace(order, **fields)


def make_shipment(order: OrderDocument, *lines: DocumentLine, **fields: Any) -> ShipmentDocument:
    shipment = ShipmentDocument(
        number="J-1001-F1",
        order=order,
        location="1010/101A",
        carrier="UPS",
        tracking_number="1Z1",
        tracking_url=None,
        shipped_at=AT,
        lines=lines or order.lines,
    )
    return replace(shipment, **fields)


def make_return(order: OrderDocument, **fields: Any) -> ReturnDocument:
    returned = ReturnDocument(
        number="J-1001-R1",
        order=order,
        closed_at=AT,
        refund=Money(1_000, "USD"),
        lines=(ReturnLine(position=1, sku="ESP-1", quantity=1, reason="DAMAGED", restocked=0),),
    )
    return replace(returned, **fields)
