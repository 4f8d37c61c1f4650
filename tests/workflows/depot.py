"""A warehouse with UPS at its door: the sandbox over the loopback, on a clock of the test's."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.connectors.contract import SourceFailure
from app.connectors.registry import Registry
from app.connectors.source_config import SourceConfig
from app.connectors.transport import Clock
from app.domain.refusals import Refusal
from app.sandbox.app import SandboxedSource, create_sandbox
from app.sandbox.data import ACCOUNT_NUMBER, CLIENT_ID, CLIENT_SECRET, SandboxData, UpsNetwork
from app.sandbox.faults import Fault
from app.sandbox.server import serve_sandbox
from app.sandbox.ups.network import Step
from app.sandbox.ups.wire import UpsApp
from app.stores.engine import open_writers
from app.workflows.command import Outcome
from app.workflows.labels import CALL_TIMEOUT_S
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.shipment_cancel import ShipmentCancel, shipment_cancel
from app.workflows.shipment_record_event import ShipmentRecordEvent, shipment_record_event
from app.workflows.steps import STEPS
from app.workflows.work import Work
from tests.workflows.shop import Shop
from tests.workflows.warehouse import Warehouse

DENVER = '{"line1": "1 Depot Road", "city": "Denver", "region": "CO", "postalCode": "80202", "country": "US"}'
ADA = (
    '{"name": "Ada", "line1": "12 Garden Terrace", "city": "San Francisco", "region": "CA", "postalCode": "94117",'
    ' "country": "US"}'
)
PATIENCE_S = 2.0
"""What is left of a call's time, so that an answer that never comes is not waited for."""


@dataclass
class TestClock:
    """Of the store and of the transport. Pauses take no time."""

    __test__ = False
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def as_clock(self) -> Clock:
        return Clock(monotonic=lambda: time.monotonic() + CALL_TIMEOUT_S - PATIENCE_S, sleep=self._pause)

    async def _pause(self, _seconds: float) -> None:
        pass


class Depot(Warehouse):
    """An order of three lamps and a sofa, routed to Denver, picked there."""

    ups: SandboxedSource
    clock: TestClock

    async def buy(self, units: dict[str, int] | None = None, **more: Any) -> Outcome:
        """Commits the wish for a label, and takes no step."""
        return await self.do("ship", "1-F1", units, service="UPS Ground", **more)

    async def take(self, outcome: Outcome) -> list[Refusal]:
        """The step of a command. Raises SourceFailure."""
        assert outcome.step is not None
        return list(await STEPS[outcome.step.name](outcome.step.data, self.work))

    async def take_in_vain(self, outcome: Outcome) -> SourceFailure:
        try:
            await self.take(outcome)
        except SourceFailure as failure:
            return failure
        raise AssertionError("it was answered")

    async def cancel_parcel(self, outcome: Outcome) -> Outcome:
        return await self.commit(shipment_cancel, ShipmentCancel(shipment_id=outcome.ids["shipment"]))  # type: ignore[arg-type]

    async def report(self, outcome: Outcome, status: Any, at: datetime) -> None:
        command = ShipmentRecordEvent(shipment_id=outcome.ids["shipment"], status=status, at=at)  # type: ignore[arg-type]
        await self.commit(shipment_record_event, command)

    def break_next(self, fault: Fault) -> None:
        self.ups.state.fault, self.ups.state.times_left = fault, 1

    def break_all(self, fault: Fault) -> None:
        self.ups.state.fault, self.ups.state.times_left = fault, None

    def move(self, tracking_number: str, step: Step, at: datetime) -> None:
        package = self._network.find(tracking_number)
        assert package is not None
        self._network.move(package, step, at)

    def bought(self) -> list[int]:
        """How often each label was bought."""
        return list(self._network.effects.shown().get("label", {}).values())

    def voided(self) -> list[int]:
        return list(self._network.effects.shown().get("void", {}).values())

    @property
    def _network(self) -> Any:
        assert isinstance(self.ups.app, UpsApp)
        return self.ups.app.network


@asynccontextmanager
async def open_depot(shop: Shop, database: str, *, webhook_credential: str = "") -> AsyncIterator[Depot]:
    """With a credential for webhooks UPS tells of parcels by itself."""
    clock = TestClock()
    sandbox = create_sandbox(SandboxData(ups={"ups": UpsNetwork()}), control_token="control")
    running = await serve_sandbox(sandbox)
    credentials = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "account_number": ACCOUNT_NUMBER}
    credentials |= {"webhook_credential": webhook_credential}
    config = SourceConfig("ups", "ups", "UPS", f"{running.base_url}/ups", credentials)
    registry = Registry([config], clock=clock.as_clock())
    writers = await open_writers(database, connections_max=4, clock=clock.now)
    await shop.run(
        "INSERT INTO sources (key, name, kind) VALUES ('ups', 'UPS', 'CARRIER'), ('junction', 'J', 'INTERNAL')"
    )
    await shop.location("denver", stock={"LAMP": 5, "SOFA": 2}, priority=1, address=DENVER)
    order_id = await shop.order("1", {"LAMP": {"denver": 3}, "SOFA": {"denver": 1}}, shipping_address=ADA)
    depot = Depot(shop, Work(writers, registry, Policy(), configured_routing()), order_id)
    depot.ups, depot.clock = sandbox.state.sources["ups"], clock
    # So that there is a token, and the next request is the one that counts.
    await registry["ups"].find_label("nothing", deadline=time.monotonic() + CALL_TIMEOUT_S)  # type: ignore[attr-defined]
    await depot.route()
    await depot.begin("1-F1")
    yield depot
    await writers.close()
    await registry.close()
    await running.close()
