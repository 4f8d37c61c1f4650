"""A sandbox over loopback with all the vendors, and a registry of connectors to it, on a clock of the test's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import format_datetime

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.connectors.registry import Registry
from app.sandbox.app import SandboxedSource, create_sandbox
from app.sandbox.data import (
    UPS_WEBHOOK_CREDENTIAL,
    SalesforceOrg,
    SandboxData,
    SapSystem,
    ShopifyShop,
    StripeAccount,
    UpsNetwork,
)
from app.sandbox.server import serve_sandbox
from tests.connectors.fake_clock import FakeClock
from tests.connectors.vendor_rows import (
    LOCATIONS,
    day,
    make_activity,
    make_case,
    make_config,
    make_contact,
    make_customer,
    make_email,
    make_event,
    make_partner,
    make_sales_order,
    make_stock,
    make_task,
    make_variant,
    tracking_number,
)

ORG = SalesforceOrg(
    contacts=[make_contact(1), make_contact(2)],
    cases=[
        make_case(1, contact=1, created="2026-10-01T08:00:00", Priority="High", Origin="Phone"),
        make_case(
            2, contact=1, created="2026-10-02T08:00:00", Status="Closed", ClosedDate="2026-10-03T09:30:00.000+0000"
        ),
        make_case(3, contact=2, created="2026-10-03T08:00:00", Subject=None),
    ],
    tasks=[make_task(1, contact=1, created="2026-10-01T09:00:00", Owner={"Name": "Grace"}, Description="On delivery")],
    events=[make_event(1, contact=1, start="2026-10-02T09:00:00", Owner={"Name": "Linus"})],
    email_messages=[make_email(1, case=1, sent="2026-10-01T10:00:00", TextBody="Where is it?")],
)
SHOP = ShopifyShop(
    customers=[make_customer(1), make_customer(2, defaultEmailAddress=None)],
    variants=[make_variant("MUG")],
    locations=LOCATIONS,
    currency="EUR",
)
NETWORK = UpsNetwork(
    parcels=[
        {
            "trackingNumber": tracking_number(1),
            "service": "03",
            "scheduledDelivery": "20261105",
            "activities": [
                make_activity("2026-11-02T18:30:00", "P", "PU", statusCode="038"),
                make_activity("2026-11-03T07:05:09"),
            ],
        }
    ]
)
PARTNERS = [make_partner(1), make_partner(2, OrderIsBlockedForCustomer="01", to_CustomerSalesArea=[])]
SAP = SapSystem(
    business_partners=[partner for partner, _ in PARTNERS],
    customers=[customer for _, customer in PARTNERS],
    stock=[make_stock("ESP-1", "1010/101A", "12.000"), make_stock("ESP-1", "1010/101A", "3.000", Batch="B1")],
    sales_orders=[make_sales_order(17, "J-1"), make_sales_order(18, "J-2", SalesOrganization="2020")],
    deliveries=[
        {
            "DeliveryDocument": "80000001",
            "CreationDate": day("2026-10-03"),
            "ActualGoodsMovementDate": day("2026-10-04"),
            "OverallSDProcessStatus": "C",
            "OverallGoodsMovementStatus": "C",
            "to_DeliveryDocumentItem": [{"DeliveryDocumentItem": "10", "ReferenceSDDocument": "17"}],
        }
    ],
    billing_documents=[
        {
            "BillingDocument": "90000001",
            "SDDocumentCategory": "M",
            "PurchaseOrderByCustomer": "J-1",
            "SalesOrganization": "1010",
            "TransactionCurrency": "USD",
            "TotalGrossAmount": "131.35",
            "AccountingPostingStatus": "C",
            "CreationDate": day("2026-10-04"),
            "CreationTime": "PT10H15M00S",
            "to_Item": [{"BillingDocumentItem": "10", "SalesDocument": "17"}],
        }
    ],
    customer_returns=[
        {
            "CustomerReturn": "60000001",
            "PurchaseOrderByCustomer": "J-1",
            "SalesOrganization": "1010",
            "OverallSDProcessStatus": "B",
            "CreationDate": day("2026-10-20"),
        }
    ],
)
DATA = SandboxData(
    salesforce={"salesforce": ORG},
    shopify={"shopify": SHOP},
    stripe={"stripe": StripeAccount()},
    ups={"ups": NETWORK},
    sap={"sap": SAP},
)


@dataclass
class Switchboard:
    """Hands requests to the sandbox of the test that runs. Answers say that it is the time at which the test began: a
    feed's cursor may have that in it, and is compared.
    """

    base_url: str = ""
    current: ASGIApp | None = None
    date: bytes = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.current is not None

        async def send_dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"date", self.date)]
            await send(message)

        await self.current(scope, receive, send_dated)


@dataclass(frozen=True)
class Lab:
    registry: Registry
    sources: dict[str, SandboxedSource]
    clock: FakeClock
    base_url: str

    def request_count(self, key: str) -> int:
        return self.sources[key].state.request_count


@pytest.fixture(scope="session")
async def switchboard(anyio_backend: str) -> AsyncIterator[Switchboard]:
    board = Switchboard()
    running = await serve_sandbox(board, is_dated=False)
    board.base_url = running.base_url
    yield board
    await running.close()


@asynccontextmanager
async def open_lab(switchboard: Switchboard) -> AsyncIterator[Lab]:
    """Slow sources answer only when it closes. One at a time."""
    clock, over = FakeClock(), asyncio.Event()

    async def until_over(_seconds: float) -> None:
        await over.wait()

    sandbox = create_sandbox(
        DATA,
        control_token="control",
        sleep=until_over,
        monotonic=clock.monotonic,
        now=lambda: clock.now().timestamp(),
    )
    switchboard.current, switchboard.date = sandbox, format_datetime(clock.now(), usegmt=True).encode()
    alerts = {"ups": {"webhook_credential": UPS_WEBHOOK_CREDENTIAL}}
    configs = [
        make_config(vendor, f"{switchboard.base_url}/{vendor}", **alerts.get(vendor, {}))
        for vendor in sandbox.state.sources
    ]
    registry = Registry(configs, clock=clock.as_clock())
    try:
        yield Lab(registry, sandbox.state.sources, clock, switchboard.base_url)
    finally:
        over.set()
        await registry.close()


@pytest.fixture
async def lab(switchboard: Switchboard) -> AsyncIterator[Lab]:
    async with open_lab(switchboard) as lab:
        yield lab
