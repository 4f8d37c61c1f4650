"""Stripe's lists, by a cursor which is an object's id: https://docs.stripe.com/api/pagination, read 2026-11."""

from starlette.requests import Request

from app.sandbox.stripe.account import StripeError
from app.sandbox.stripe.objects import Object

PAGE_SIZE_DEFAULT = 10
PAGE_SIZE_MAX = 100


def page(newest_first: list[Object], request: Request) -> Object:
    size = int(request.query_params.get("limit", PAGE_SIZE_DEFAULT))
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise StripeError(400, message=f"limit must be between 1 and {PAGE_SIZE_MAX}", param="limit")
    after, before = (request.query_params.get(name) for name in ("starting_after", "ending_before"))
    if before is not None:
        end = _place(before, newest_first, "ending_before")
        start = max(end - size, 0)
        data, has_more = newest_first[start:end], start > 0
    else:
        start = 0 if after is None else _place(after, newest_first, "starting_after") + 1
        data, has_more = newest_first[start : start + size], start + size < len(newest_first)
    path = request.url.path.removeprefix(request.scope["root_path"])
    return {"object": "list", "url": path, "has_more": has_more, "data": data}


def _place(id_: str, newest_first: list[Object], param: str) -> int:
    place = next((place for place, each in enumerate(newest_first) if each["id"] == id_), None)
    if place is None:
        # Not 404, since the path is right: https://github.com/stripe/stripe-go/issues/1030, read 2026-11.
        raise StripeError(400, code="resource_missing", message=f"No such object: '{id_}'", param=param)
    return place
