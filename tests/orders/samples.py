"""For each mutation an input that it does not refuse, and the state of the shop that this takes."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from app.workflows.job_kind import FailedJob
from app.workflows.jobs import give_up
from tests.fixtures_shop import Shop, line, order_input

Sample = Callable[[Shop], Awaitable[dict[str, Any]]]


async def _placed(shop: Shop, **more: Any) -> Any:
    payload = await shop.do(
        "orderPlace", "order { id lines { id } holds { id } }", **order_input(line("MUG", 2), line("LAMP", 1), **more)
    )
    return payload["order"]


async def order_place(_: Shop) -> dict[str, Any]:
    return order_input(line("MUG", 2))


async def order_submit(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop, draft=True))["id"]}


async def order_edit(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"], "addLines": [line("PEN", 1)]}


async def order_cancel(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"], "reason": "changed their mind"}


async def order_hold(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"], "reason": "MANUAL"}


async def order_release_hold(shop: Shop) -> dict[str, Any]:
    order = await _placed(shop)
    payload = await shop.do("orderHold", "hold { id }", orderId=order["id"], reason="MANUAL")
    return {"orderId": order["id"], "holdId": payload["hold"]["id"]}


async def order_route(shop: Shop) -> dict[str, Any]:
    return {"orderId": (await _placed(shop))["id"]}


async def exception_resolve(shop: Shop) -> dict[str, Any]:
    order = await _placed(shop)
    await give_up(
        FailedJob("order.route", "k", {"order_id": order["id"].partition(":")[2]}, 3, "no policy", "orderRoute"),
        shop.application.work,
    )
    (row,) = await shop.rows("SELECT id FROM order_exceptions")
    return {"exceptionId": f"OrderException:{row['id']}", "retry": True}


SAMPLES: Mapping[str, Sample] = {
    "exceptionResolve": exception_resolve,
    "orderCancel": order_cancel,
    "orderEdit": order_edit,
    "orderHold": order_hold,
    "orderPlace": order_place,
    "orderReleaseHold": order_release_hold,
    "orderRoute": order_route,
    "orderSubmit": order_submit,
}
