"""What a shop was told, and its answer lost on the way: told again, it is done once."""

from collections.abc import Awaitable, Callable

import pytest

from app.connectors.contract import SourceUnavailable
from app.connectors.ports.sinks import Written
from app.connectors.shopify.client import ShopifyConnector
from app.sandbox.faults import Fault
from app.sandbox.shopify.checkout import Bought, Checkout
from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.orders import Shop
from tests.connectors.conftest import Lab
from tests.connectors.test_shopify_sinks import change, come_back, document, parcel

Tell = Callable[[ShopifyConnector, Object, bool, float], Awaitable[Written]]


async def cancel(shop: ShopifyConnector, order: Object, is_repeat: bool, deadline: float) -> Written:
    return await shop.write_order("k", document(order, is_canceled=True), is_repeat=is_repeat, deadline=deadline)


async def ship(shop: ShopifyConnector, order: Object, is_repeat: bool, deadline: float) -> Written:
    return await shop.write_shipment("k", parcel(order, MUG=2), is_repeat=is_repeat, deadline=deadline)


async def take_back(shop: ShopifyConnector, order: Object, is_repeat: bool, deadline: float) -> Written:
    return await shop.write_return("k", come_back(order, MUG=1, restocked=1), is_repeat=is_repeat, deadline=deadline)


async def count(shop: ShopifyConnector, _order: Object, is_repeat: bool, deadline: float) -> Written:
    return await shop.write_stock("k", change(), is_repeat=is_repeat, deadline=deadline)


@pytest.mark.parametrize(
    ("tell", "kinds", "looks_max"),
    [
        (cancel, {"cancel"}, 1),
        (ship, {"fulfillment"}, 2),
        (take_back, {"return", "adjustment"}, 5),
        (count, {"adjustment"}, 1),
    ],
)
@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER, Fault.DROP_AFTER])
async def test_whichever_answer_is_lost_it_is_done_once(
    lab: Lab, tell: Tell, kinds: set[str], looks_max: int, fault: Fault
) -> None:
    source = lab.sources["shopify"]
    shop, connector = source.app.shop, lab.registry["shopify"]
    assert isinstance(shop, Shop)
    assert isinstance(connector, ShopifyConnector)
    for spared in range(looks_max + 1):
        order = shop.place(Checkout(lines=[Bought(sku="MUG", quantity=2)]))
        if tell is take_back:
            await ship(connector, order, False, lab.clock.monotonic() + 60)
        before = shop.effects.shown()
        await connector.stock(["MUG"], deadline=lab.clock.monotonic() + 60)  # so that the token is there
        source.state.fault, source.state.spared = fault, spared
        with pytest.raises(SourceUnavailable):
            await tell(connector, order, False, lab.clock.monotonic() + 60)
        source.state.fault, source.state.spared = Fault.CLEAR, 0
        lab.clock.now_s += 60
        await tell(connector, order, True, lab.clock.monotonic() + 60)
        await tell(connector, order, True, lab.clock.monotonic() + 60)
        after = shop.effects.shown()
        for kind in kinds:
            # One key is one effect; the change of stock has the same key in each round, and so happens in the first.
            done = sum(after[kind].values()) - sum(before.get(kind, {}).values())
            assert done == (1 if kind != "adjustment" or spared == 0 else 0), (kind, spared)
