"""What nobody can ask of the Admin API: that a buyer checks out, that a merchant works in the admin.

POST /orders takes a Checkout; POST /orders/{number}/{action} does one of ACTIONS, with what its mutation takes;
POST /products/{sku} and /customers/{number} change fields.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from app.sandbox.shopify.checkout import Checkout
from app.sandbox.shopify.objects import Object
from app.sandbox.shopify.orders import Shop
from app.sandbox.shopify.shop import UserError
from app.sandbox.shopify.webhooks import Webhooks
from app.sandbox.webhook_sender import control_of

Act = Callable[[Shop, Object, Mapping[str, Any]], object]


def _capture(shop: Shop, order: Object, asked: Mapping[str, Any]) -> object:
    first = order["transactions"][0]
    amount = first["amountSet"]["presentmentMoney"]["amount"]
    return shop.capture({"id": order["id"], "parentTransactionId": first["id"], "amount": amount, **asked})


def _fulfill(shop: Shop, order: Object, asked: Mapping[str, Any]) -> object:
    parts = [{"fulfillmentOrderId": each["id"]} for each in order["fulfillmentOrders"] if each["status"] == "OPEN"]
    return shop.fulfill({"lineItemsByFulfillmentOrder": parts, **asked})


def _refund(shop: Shop, order: Object, asked: Mapping[str, Any]) -> object:
    return shop.refund({"orderId": order["id"], **asked}, "control")


def _return(shop: Shop, order: Object, asked: Mapping[str, Any]) -> object:
    lines = [
        {"fulfillmentLineItemId": each["id"], "quantity": each["quantity"]}
        for sent in order["fulfillments"]
        for each in sent["fulfillmentLineItems"]
    ]
    return shop.take_return({"orderId": order["id"], "returnLineItems": lines, **asked})


ACTIONS: Mapping[str, Act] = {
    "capture": _capture,
    "fulfill": _fulfill,
    "refund": _refund,
    "return": _return,
    "cancel": lambda shop, order, _: shop.cancel(order["id"]),
    "touch": lambda shop, order, _: shop.touch(order),
}


def shop_control(shop: Shop, webhooks: Webhooks) -> ASGIApp:
    async def place(request: Request) -> JSONResponse:
        checkout = msgspec.json.decode(await request.body(), type=Checkout)
        return _told(lambda: _shown(shop.place(checkout)))

    async def act(request: Request) -> JSONResponse:
        action, number = request.path_params["action"], request.path_params["number"]
        asked = msgspec.json.decode(await request.body() or b"{}", type=dict[str, Any])

        def done() -> Object:
            order = shop.find("Order", f"gid://shopify/Order/{number}")
            if action not in ACTIONS:
                raise UserError(f"choose from {', '.join(ACTIONS)}")
            ACTIONS[action](shop, order, asked)
            return _shown(order)

        return _told(done)

    async def change_product(request: Request) -> JSONResponse:
        change = msgspec.json.decode(await request.body(), type=dict[str, Any])
        return _told(lambda: _id(shop.change_variant(request.path_params["sku"], change)))

    async def change_customer(request: Request) -> JSONResponse:
        change = msgspec.json.decode(await request.body(), type=dict[str, Any])
        gid = f"gid://shopify/Customer/{request.path_params['number']}"
        return _told(lambda: _id(shop.change_customer(gid, change)))

    routes: list[BaseRoute] = [
        Route("/orders", place, methods=["POST"]),
        Route("/orders/{number}/{action}", act, methods=["POST"]),
        Route("/products/{sku}", change_product, methods=["POST"]),
        Route("/customers/{number}", change_customer, methods=["POST"]),
        *webhooks.routes,
    ]
    return control_of(routes)


def _told(act: Callable[[], Object]) -> JSONResponse:
    try:
        return JSONResponse(act())
    except UserError as refusal:
        return JSONResponse({"error": str(refusal)}, 400)


def _id(node: Object) -> Object:
    return {"id": node["id"]}


def _shown(order: Object) -> Object:
    names = ("id", "name", "legacyResourceId", "updatedAt", "cancelledAt")
    return {name: order[name] for name in names}
