"""How a return ends of which nothing has arrived: the customer keeps the units, and may announce them again."""

from app.domain.loaded_return import LoadedReturn
from app.domain.order_summary import OrderSummary
from app.workflows.return_worth import worthless


def keep_units(order: OrderSummary, returned: LoadedReturn) -> None:
    for each in returned.lines:
        line = order.line(each.order_line_id)
        assert line is not None  # noqa: S101 - lines of an order are never removed
        line.return_requested -= each.awaited
    worthless(returned)
