"""What follows from an order's quantities and money: its fulfillment, payment and return status."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from app.domain.order_axes import fulfillment_status, payment_status, return_status
from app.sandbox.story.book import Row


def derive(
    order: Row, lines: Sequence[Row], payments: Sequence[Row], returns: Sequence[Row], *, is_amended: bool
) -> None:
    """Into the order's row."""
    whole: Any = SimpleNamespace(
        **order,
        edit_count=int(is_amended),
        lines=[SimpleNamespace(**row) for row in lines],
        payments=[SimpleNamespace(**row) for row in payments],
        returns=[SimpleNamespace(**row) for row in returns],
    )
    order["fulfillment_status"] = fulfillment_status(whole)
    order["payment_status"] = payment_status(whole)
    order["return_status"] = return_status(whole)
