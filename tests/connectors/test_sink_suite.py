"""What every connector must do that writes at its vendor, over real HTTP: whichever request meets whatever, it is done
once, and told again it finds what it did.

A connector joins by the capabilities in its manifest, and by one `Writing` for each.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.connectors.capabilities import SINKS
from app.connectors.contract import SourceFailure, SourceRefused, SourceTimedOut
from app.connectors.manifest import load_manifests
from app.connectors.ports.crm import NewCase
from app.connectors.registry import Registry
from app.sandbox.data import CLIENT_SECRET
from app.sandbox.faults import Fault
from app.sandbox.salesforce.objects import CASE_KEY_FIELD
from app.sandbox.shopify.checkout import Bought, Checkout
from tests.connectors import sap_office, test_shopify_sinks, test_ups
from tests.connectors.conftest import Lab, Switchboard, open_lab
from tests.connectors.test_sap_sinks import CHANGE
from tests.connectors.vendor_rows import contact_id, make_config

KEY = "push:zoë 🧵/1001"
ATTEMPTS_MAX = 3
LATER = timedelta(minutes=1)
"""Between attempts; a carrier's labels are found by then."""
FAULTS = [fault for fault in Fault if fault not in (Fault.CLEAR, Fault.SLOW)]
"""A source that is too slow has done it or not, as after a timeout or before an error."""

Prepare = Callable[[Any, Lab], Awaitable[Any]]
"""Makes what must be there first. Answers the document."""
Write = Callable[[Any, Any, bool, float], Awaitable[object]]
"""Tells the connector of the document, for the first time or again, with a deadline. Answers what tells it apart."""


@dataclass(frozen=True)
class Writing:
    source: str
    capability: str
    prepare: Prepare
    write: Write
    does: Mapping[str, list[int]]
    """How often, by effect of the sandbox."""
    settings: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join((self.source, self.capability, *self.does, *self.settings))


async def _case(_: Any, __: Lab) -> NewCase:
    return NewCase(
        customer_external_id=contact_id(1), subject="Zoë's 靴 🥾", description="Too small; ring +1 415 555 0101"
    )


async def _open_case(crm: Any, case: NewCase, is_repeat: bool, deadline: float) -> object:
    return await crm.open_case(KEY, case, is_repeat=is_repeat, deadline=deadline)


async def _sap_order(_: Any, __: Lab) -> Any:
    return sap_office.make_order(sap_office.make_line(1, "ESP-1", 3))


async def _sap_change(sap: Any, lab: Lab) -> Any:
    """One unit less, and another line."""
    order = await _sap_order(sap, lab)
    written = await sap.write_order("before", order, is_repeat=False, deadline=lab.clock.monotonic() + 60)
    lines = sap_office.make_line(1, "ESP-1", 2), sap_office.make_line(2, "ESP-1", 1)
    return replace(order, lines=lines, external_id=written.external_id)


async def _sap_shipment(sap: Any, lab: Lab) -> Any:
    order = await _sap_order(sap, lab)
    await sap.write_order("before", order, is_repeat=False, deadline=lab.clock.monotonic() + 60)
    return sap_office.make_shipment(order)


async def _sap_return(sap: Any, lab: Lab) -> Any:
    return sap_office.make_return((await _sap_shipment(sap, lab)).order)


async def _sap_stock(_: Any, __: Lab) -> Any:
    return CHANGE


async def _shop_order(shop: Any, lab: Lab) -> Any:
    there: Any = lab.sources["shopify"].app
    return there.shop.place(Checkout(lines=[Bought(sku="MUG", quantity=2)]))


async def _shop_cancellation(shop: Any, lab: Lab) -> Any:
    return test_shopify_sinks.document(await _shop_order(shop, lab), is_canceled=True)


async def _shop_parcel(shop: Any, lab: Lab) -> Any:
    return test_shopify_sinks.parcel(await _shop_order(shop, lab), MUG=2)


async def _shop_return(shop: Any, lab: Lab) -> Any:
    order = await _shop_order(shop, lab)
    parcel = test_shopify_sinks.parcel(order, MUG=2)
    await shop.write_shipment("before", parcel, is_repeat=False, deadline=lab.clock.monotonic() + 60)
    return test_shopify_sinks.come_back(order, MUG=1, restocked=1)


async def _shop_stock(_: Any, __: Lab) -> Any:
    return test_shopify_sinks.change()


async def _write_order(sink: Any, order: Any, is_repeat: bool, deadline: float) -> object:
    return await sink.write_order(KEY, order, is_repeat=is_repeat, deadline=deadline)


async def _write_shipment(sink: Any, shipment: Any, is_repeat: bool, deadline: float) -> object:
    return await sink.write_shipment(KEY, shipment, is_repeat=is_repeat, deadline=deadline)


async def _write_return(sink: Any, returned: Any, is_repeat: bool, deadline: float) -> object:
    return await sink.write_return(KEY, returned, is_repeat=is_repeat, deadline=deadline)


async def _write_stock(sink: Any, change: Any, is_repeat: bool, deadline: float) -> object:
    return await sink.write_stock(KEY, change, is_repeat=is_repeat, deadline=deadline)


async def _parcel(_: Any, __: Lab) -> Any:
    return test_ups.PARCEL


async def _buy_label(carrier: Any, parcel: Any, is_repeat: bool, deadline: float) -> object:
    found = await carrier.find_label(KEY, deadline=deadline) if is_repeat else None
    label = found or await carrier.buy_label(KEY, parcel, "03", deadline=deadline)
    return label.tracking_number, label.image


async def _label(carrier: Any, lab: Lab) -> Any:
    return await carrier.buy_label("before", test_ups.PARCEL, "03", deadline=lab.clock.monotonic() + 60)


async def _void_label(carrier: Any, label: Any, _: bool, deadline: float) -> object:
    return await carrier.void_label(KEY, label.carrier_reference, deadline=deadline)


WRITINGS = [
    Writing("salesforce", "case_desk", _case, _open_case, {"case": [1]}),
    Writing("salesforce", "case_desk", _case, _open_case, {"case": [1]}, {"case_key_field": CASE_KEY_FIELD}),
    Writing("sap", "order_sink", _sap_order, _write_order, {"sales_order": [1]}),
    Writing("sap", "order_sink", _sap_change, _write_order, {"order_change": [1, 1]}),
    Writing(
        "sap",
        "shipment_sink",
        _sap_shipment,
        _write_shipment,
        {"order_change": [1], "delivery": [1], "goods_issue": [1]},
    ),
    Writing("sap", "return_sink", _sap_return, _write_return, {"customer_return": [1]}),
    Writing("sap", "stock_sink", _sap_stock, _write_stock, {"material_document": [1]}),
    Writing("shopify", "order_sink", _shop_cancellation, _write_order, {"cancel": [1], "void": [1]}),
    Writing("shopify", "shipment_sink", _shop_parcel, _write_shipment, {"fulfillment": [1]}),
    Writing("shopify", "return_sink", _shop_return, _write_return, {"return": [1], "adjustment": [1]}),
    Writing("shopify", "stock_sink", _shop_stock, _write_stock, {"adjustment": [1]}),
    Writing("ups", "labels", _parcel, _buy_label, {"label": [1]}),
    Writing("ups", "labels", _label, _void_label, {"void": [1]}),
]
every_writing = pytest.mark.parametrize("writing", WRITINGS, ids=str)


class Desk:
    """A connector that is about to write, in a lab of its own."""

    def __init__(self, lab: Lab, writing: Writing, registry: Registry) -> None:
        self.lab, self.writing = lab, writing
        self.connector: Any = registry[writing.source]
        self.source = lab.sources[writing.source]
        self._document: Any = None
        self._before: Mapping[str, Mapping[str, int]] = {}

    async def prepare(self) -> None:
        # By another connector, so that this one's first request is among those that fail: it fetches a token.
        self._document = await self.writing.prepare(self.lab.registry[self.writing.source], self.lab)
        self._before = self._effects()
        self.source.state.request_count = 0

    async def write(self, *, is_repeat: bool = False, timeout_s: float = 60) -> object:
        deadline = self.lab.clock.monotonic() + timeout_s
        return await self.writing.write(self.connector, self._document, is_repeat, deadline)

    async def write_until_done(self, *, timeout_s: float) -> object:
        """As a job would. A refusal would be for good, and none is due."""
        for attempt in range(ATTEMPTS_MAX):
            try:
                return await self.write(is_repeat=attempt > 0, timeout_s=60 if attempt else timeout_s)
            except SourceRefused:
                raise
            except SourceFailure:
                self.lab.clock.now_s += LATER.total_seconds()
        raise AssertionError(f"not written in {ATTEMPTS_MAX} attempts")

    @property
    def done(self) -> dict[str, list[int]]:
        """How often each effect has come about since, by kind."""
        since = {
            kind: sorted(count - self._before.get(kind, {}).get(key, 0) for key, count in counts.items())
            for kind, counts in self._effects().items()
        }
        return {kind: [count for count in counts if count] for kind, counts in since.items() if any(counts)}

    def _effects(self) -> Mapping[str, Mapping[str, int]]:
        assert self.source.effects is not None
        return self.source.effects.shown()


@asynccontextmanager
async def at_desk(switchboard: Switchboard, writing: Writing, **settings: str) -> AsyncIterator[Desk]:
    async with open_lab(switchboard) as lab:
        config = make_config(writing.source, f"{lab.base_url}/{writing.source}", **{**writing.settings, **settings})
        registry = Registry([config], clock=lab.clock.as_clock())
        try:
            yield Desk(lab, writing, registry)
        finally:
            await registry.close()


def test_every_vendor_that_is_written_to_is_here() -> None:
    writing = {*SINKS.values(), "labels"}
    named = {(name, each) for name, manifest in load_manifests().items() for each in writing & manifest.capabilities}
    assert {(each.source, each.capability) for each in WRITINGS} == named


@every_writing
async def test_told_again_it_is_done_once(switchboard: Switchboard, writing: Writing) -> None:
    async with at_desk(switchboard, writing) as desk:
        await desk.prepare()
        first = await desk.write()
        assert desk.done == writing.does
        for _ in range(2):
            assert await desk.write(is_repeat=True) == first
        assert desk.done == writing.does


@every_writing
@pytest.mark.parametrize("fault", FAULTS)
async def test_whichever_request_meets_whatever_it_is_done_once(
    switchboard: Switchboard, writing: Writing, fault: Fault
) -> None:
    turn, turns = 0, 1
    while turn < turns:
        async with at_desk(switchboard, writing) as desk:
            await desk.prepare()
            state = desk.source.state
            state.fault, state.spared, state.times_left, state.retry_after_s = fault, turn, 1, 1
            written = await desk.write_until_done(timeout_s=0.3 if fault is Fault.TIMEOUT_AFTER else 60)
            assert state.fault is Fault.CLEAR, "the fault met no request"
            assert desk.done == writing.does, f"request {turn + 1}"
            assert await desk.write(is_repeat=True) == written
            assert desk.done == writing.does, f"request {turn + 1}, told again"
        if turns == 1:
            turns = await _requests(switchboard, writing)
        turn += 1


async def _requests(switchboard: Switchboard, writing: Writing) -> int:
    async with at_desk(switchboard, writing) as desk:
        await desk.prepare()
        await desk.write()
        return desk.source.state.request_count


@every_writing
async def test_a_deadline_already_passed_sends_nothing(switchboard: Switchboard, writing: Writing) -> None:
    async with at_desk(switchboard, writing) as desk:
        await desk.prepare()
        with pytest.raises(SourceTimedOut):
            await desk.write(timeout_s=0)
        assert (desk.source.state.request_count, desk.done) == (0, {})


@every_writing
async def test_wrong_credentials_do_nothing(switchboard: Switchboard, writing: Writing) -> None:
    async with at_desk(switchboard, writing, client_secret="wrong") as desk:
        await desk.prepare()
        with pytest.raises(SourceRefused, match=f"^{writing.source} does not accept our credentials$"):
            await desk.write()
        assert (desk.source.state.request_count, desk.done) == (1, {})


@every_writing
async def test_logs_hold_no_secret_and_nobodys_name(
    switchboard: Switchboard, writing: Writing, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with at_desk(switchboard, writing) as desk:
        with capture_logs() as logs:
            await desk.prepare()
            await desk.write()
            desk.source.state.fault = Fault.ERROR_AFTER
            with pytest.raises(SourceFailure):
                await desk.write(is_repeat=True)
    assert {entry["event"] for entry in logs} >= {"source answered", "source failed"}
    for secret in (CLIENT_SECRET, "ada@example.com", "Ada", "Zoë", "555", "Garden Terrace", "Too small"):
        assert secret not in str(logs) + caplog.text
