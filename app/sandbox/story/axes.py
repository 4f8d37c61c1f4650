"""What follows from an order's quantities and money: its fulfillment, payment and return status."""

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from app.domain.order_axes import fulfillment_status, payment_status, return_status

if TYPE_CHECKING:
    from app.sandbox.story.play import Play


def derive(play: "Play") -> None:
    order: Any = SimpleNamespace(
        **play.order,
        edit_count=int(play.is_amended),
        lines=[SimpleNamespace(**row) for row in play.lines],
        payments=[SimpleNamespace(**row) for row in play.payments],
        returns=[SimpleNamespace(**row) for row in play.returns],
    )
    play.order["fulfillment_status"] = fulfillment_status(order)
    play.order["payment_status"] = payment_status(order)
    play.order["return_status"] = return_status(order)
