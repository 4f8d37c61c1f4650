"""Notifications: which messages a customer gets, and what became of each."""

from enum import StrEnum


class NotificationKind(StrEnum):
    ORDER_CONFIRMED = "ORDER_CONFIRMED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    REFUNDED = "REFUNDED"


class NotificationStatus(StrEnum):
    SENDING = "SENDING"
    """Also after a process died in the midst: whether it was sent is then not known, and it is sent again."""
    SENT = "SENT"
    SKIPPED = "SKIPPED"
    """There is no address, or no mail server is configured."""
    REFUSED = "REFUSED"
