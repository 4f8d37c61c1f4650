"""What a return is worth as it now stands, by line and component; docs/returns.md has an example worked out."""

from collections.abc import Mapping
from uuid import UUID

from app.domain.loaded_return import LoadedReturn
from app.domain.order_summary import OrderSummary
from app.domain.payment import RefundComponent
from app.domain.refunds import Goods, Worth, goods_of
from app.stores.returns import credited_of, shipping_credited_minor
from app.stores.transaction import Transaction
from app.workflows.policy import Policy


async def appraise(tx: Transaction, order: OrderSummary, returned: LoadedReturn, policy: Policy) -> list[Worth]:
    """Of all units that came back or may still: sets the amounts of the return and its lines, and answers their parts.

    Fees never exceed it. An exchange is for goods that come back: without any there is none.
    """
    credited = await credited_of(tx, order)
    worths = _of_lines(order, returned, credited)
    returned.shipping_minor = 0
    if policy.refunds_shipping and _is_last(order, returned, credited):
        returned.shipping_minor = max(0, order.shipping_minor - await shipping_credited_minor(tx, order.id))
        worths.append(Worth(component=RefundComponent.SHIPPING, amount_minor=returned.shipping_minor))
    returned.refund_minor = sum(each.amount_minor for each in worths)
    returned.fees_minor = min(returned.fees_minor, returned.refund_minor)
    returned.exchange_minor = sum(each.total_minor for each in returned.wanted) if returned.units("expected") else 0
    return worths


def worthless(returned: LoadedReturn) -> None:
    """Nothing comes back, so nothing is given back."""
    for line in returned.lines:
        line.item_minor = line.tax_minor = 0
    returned.refund_minor = returned.shipping_minor = returned.fees_minor = returned.exchange_minor = 0


def _of_lines(order: OrderSummary, returned: LoadedReturn, credited: Mapping[UUID, Goods]) -> list[Worth]:
    left = {line.id: goods_of(line).less(credited.get(line.id, Goods())) for line in order.lines}
    worths = []
    for each in returned.lines:
        goods = left[each.order_line_id].part(each.expected)
        left[each.order_line_id] = left[each.order_line_id].less(goods)
        each.item_minor, each.tax_minor = goods.item_minor, goods.tax_minor
        amounts = {RefundComponent.ITEM: goods.item_minor, RefundComponent.TAX: goods.tax_minor}
        worths += [
            Worth(component=part, amount_minor=minor, order_line_id=each.order_line_id, quantity=each.expected)
            for part, minor in amounts.items()
        ]
    return worths


def _is_last(order: OrderSummary, returned: LoadedReturn, credited: Mapping[UUID, Goods]) -> bool:
    """No unit of the order stays with the customer, or is still to be shipped."""
    back = sum(each.units for each in credited.values()) + returned.units("expected")
    return back == order.units("units")
