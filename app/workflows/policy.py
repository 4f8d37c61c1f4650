"""What a retailer decides once, and commands follow."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""What a caller's clock may be ahead of ours, before a time it names counts as one to come."""


class Shortage(StrEnum):
    """What becomes of units that are not in stock when an order comes."""

    BACKORDER = "backorder"
    """The order is taken, and the units wait for supply."""
    REFUSE = "refuse"
    """The order is refused with what there is; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Policy:
    shortage: Shortage = Shortage.BACKORDER
    cart_holds_for: timedelta = timedelta(minutes=30)
    """Unless whoever makes the reservation says for how long."""
    unconfirmed_expires_after: timedelta = timedelta(days=7)
    """Since an order that is PENDING was last changed."""
    gateway_timeout_s: float = 15.0
    """For looking up and asking a payment gateway together, while whoever pays may be waiting."""
    return_window: timedelta = timedelta(days=30)
    """From delivery."""
    refunds_shipping: bool = False
    """With the return that brings the last unit of an order back, what it cost to ship it."""
