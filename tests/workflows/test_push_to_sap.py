"""An order's life as SAP gets to know it, over its own protocol, while requests fail at random."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import httpx2
import pytest

from app.connectors.freshness import LiveReads
from app.connectors.reads import ErpDocuments, Stock
from app.connectors.registry import Registry
from app.connectors.transport import Clock
from app.domain.outgoing import Push
from app.sandbox.data import SapSystem
from app.sandbox.faults import Fault, FaultState, FaultyApp
from app.sandbox.sap.wire import SapApp
from app.stores.engine import create_connections
from app.stores.readings import StoredReadings
from app.workflows.inventory_adjust import InventoryAdjust, InventoryChange, inventory_adjust
from tests.connectors.vendor_rows import make_config, make_partner, make_stock
from tests.workflows.office import Office, open_office
from tests.workflows.shop import Shop

PUSHES = frozenset({Push.ORDERS, Push.SHIPMENTS, Push.RETURNS, Push.STOCK})
FAILED_SHARE = 0.3
ROUNDS_MAX = 60


@dataclass
class FaultNowAndThen(FaultState):
    planned: Fault = Fault.CLEAR
    random: Random = field(default_factory=lambda: Random(4))  # noqa: S311 - so that it fails the same way twice

    def meet(self) -> Fault:
        self.request_count += 1
        return self.planned if self.random.random() < FAILED_SHARE else Fault.CLEAR


@dataclass
class Stage:
    office: Office
    registry: Registry
    sap: SapApp
    faults: FaultNowAndThen

    async def tell(self) -> None:
        """Until there is nothing more to tell."""
        for _ in range(ROUNDS_MAX):
            outcomes = await self.office.tell()
            assert not [each for each in outcomes if each.endswith("failed")]
            if not await self.office.waiting():
                return
        raise AssertionError("it never ends")

    def on_hand(self, material: str) -> str:
        (row,) = (each for each in self.sap.tables.all("A_MatlStkInAcctMod") if each["Material"] == material)
        return str(row["MatlWrhsStkQtyInMatlBaseUnit"])


@pytest.fixture
async def stage(shop: Shop, migrated_database: str) -> AsyncIterator[Stage]:
    partner, customer = make_partner(9)
    stock = [make_stock("LAMP", "1010/101A", "6"), make_stock("SOFA", "1010/101A", "2")]
    sap = SapApp(SapSystem(business_partners=[partner], customers=[customer], stock=stock))
    faults = FaultNowAndThen()
    config = replace(
        make_config("sap", "http://sap.test", key="erp", guest_customer="9"),
        push=PUSHES,
        locations={"1010/101A": "denver"},
    )
    http = httpx2.ASGITransport(FaultyApp(sap.asgi, faults))
    registry = Registry([config], http=http, clock=Clock(monotonic=time.monotonic, sleep=_no_pause))
    async with open_office(shop, migrated_database, PUSHES) as office:
        office.work = replace(office.work, outside=registry)
        yield Stage(office, registry, sap, faults)
    await registry.close()


@pytest.mark.parametrize(
    "fault",
    [Fault.CLEAR, Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.THROTTLED, Fault.GARBAGE, Fault.EXPIRED_TOKEN],
)
async def test_each_document_is_there_once(shop: Shop, stage: Stage, fault: Fault) -> None:
    office, stage.faults.planned = stage.office, fault
    await office.release()
    await stage.tell()
    await office.cancel({"LAMP": 1})
    await office.route()
    await office.begin("1-F1")
    await office.delivered()
    await stage.tell()
    await office.brought_back("LAMP", 1)
    await stage.tell()
    effects = stage.sap.effects.shown()
    once = ("sales_order", "delivery", "goods_issue", "customer_return")
    assert {kind: effects.get(kind) for kind in once} == {
        "sales_order": {"1": 1},
        "delivery": {"1": 1},
        "goods_issue": {"1-S1": 1},
        "customer_return": {"1-R1": 1},
    }
    # What the parcel took and the return brought is in these documents, and in no movement beside them.
    assert effects.get("material_document") is None
    assert (stage.on_hand("LAMP"), stage.on_hand("SOFA")) == ("4.000", "1.000")
    ((order,), (delivery,)) = (stage.sap.tables.all(name) for name in ("A_SalesOrder", "A_OutbDeliveryHeader"))
    assert (order["PurchaseOrderByCustomer"], delivery["BillOfLading"]) == ("1", "T1")
    assert [each["RequestedQuantity"] for each in stage.sap.tables.all("A_SalesOrderItem")] == ["2", "1"]
    assert await shop.rows("SELECT source_key, external_id FROM order_references") == [("erp", order["SalesOrder"])]
    assert await shop.rows("SELECT DISTINCT written_at IS NOT NULL, asked_at IS NOT NULL FROM outgoing_documents") == [
        (True, False)
    ]


async def test_nothing_is_shown_as_it_was_before_it_was_told(stage: Stage, migrated_database: str) -> None:
    office = stage.office
    connections = create_connections(migrated_database, connections_max=1, statement_timeout_s=5)
    reads = LiveReads(stage.registry, StoredReadings(connections, office.work.writers))
    office.work = replace(office.work, memory=reads)

    async def shown() -> tuple[list[str], list[int]]:
        """Documents of the order, and lamps, no older than an hour."""
        hour = timedelta(hours=1)
        documents = (await reads.read(ErpDocuments(), {"erp": ["1"]}, max_age=hour))["erp", "1"]
        stock = (await reads.read(Stock(), {"erp": ["LAMP"]}, max_age=hour))["erp", "LAMP"]
        return [each.kind for each in documents.value or ()], [each.on_hand for each in stock.value or ()]

    assert await shown() == ([], [6])
    await office.begin_all()
    await stage.tell()
    assert await shown() == (["sales order"], [6])
    await office.delivered()
    await stage.tell()
    assert await shown() == (["sales order", "delivery", "goods movement", "invoice"], [3])
    await office.brought_back("LAMP", 1)
    await stage.tell()
    assert (await shown())[0].count("return") == 1
    change = InventoryChange(sku="LAMP", location_key="denver", delta=5)
    await office.commit(inventory_adjust, InventoryAdjust(reason="found", changes=[change]))
    await stage.tell()
    assert (await shown())[1] == [8]
    await reads.close()
    await connections.close()


async def _no_pause(_: float) -> None:
    pass
