"""Orders: the stored lifecycle, the three axes derived from quantities and money, and the words around them."""

from enum import StrEnum


class OrderStatus(StrEnum):
    DRAFT = "DRAFT"
    PENDING = "PENDING"
    ON_HOLD = "ON_HOLD"
    CONFIRMED = "CONFIRMED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


NEVER_SOLD = (OrderStatus.DRAFT, OrderStatus.EXPIRED, OrderStatus.CANCELED)
"""States of orders that count in no figure about what a customer bought."""


class OrderFulfillmentStatus(StrEnum):
    UNFULFILLED = "UNFULFILLED"
    BACKORDERED = "BACKORDERED"
    PARTIALLY_FULFILLED = "PARTIALLY_FULFILLED"
    FULFILLED = "FULFILLED"
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED"
    DELIVERED = "DELIVERED"


class OrderPaymentStatus(StrEnum):
    NOT_PAID = "NOT_PAID"
    AUTHORIZED = "AUTHORIZED"
    PARTIALLY_PAID = "PARTIALLY_PAID"
    PAID = "PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    VOIDED = "VOIDED"
    BALANCE_DUE = "BALANCE_DUE"
    CREDIT_OWED = "CREDIT_OWED"


class OrderReturnStatus(StrEnum):
    NONE = "NONE"
    REQUESTED = "REQUESTED"
    IN_PROGRESS = "IN_PROGRESS"
    PARTIALLY_RETURNED = "PARTIALLY_RETURNED"
    RETURNED = "RETURNED"


class OrderManagement(StrEnum):
    MANAGED = "MANAGED"
    UNMANAGED = "UNMANAGED"


class OrderChangeKind(StrEnum):
    PLACE = "PLACE"
    EDIT = "EDIT"
    CANCEL = "CANCEL"
    RETURN = "RETURN"
    EXCHANGE = "EXCHANGE"
    ADJUSTMENT = "ADJUSTMENT"


class HoldReason(StrEnum):
    VALIDATION = "VALIDATION"
    FRAUD_RISK = "FRAUD_RISK"
    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    ADDRESS = "ADDRESS"
    INVENTORY = "INVENTORY"
    CREDIT = "CREDIT"
    MANUAL = "MANUAL"
    OTHER = "OTHER"


class ExceptionStatus(StrEnum):
    OPEN = "OPEN"
    RESOLVED = "RESOLVED"
