"""Payments and their transactions."""

from datetime import datetime

from app import models
from app.access.scopes import Scope
from app.execution.declare import column, many, one, stored
from app.schema.enums import PaymentStatus, TransactionKind, TransactionStatus
from app.schema.node import Node
from app.schema.source import Source
from app.schema.value import Money, money

CURRENCY = models.Payment.currency


@stored(models.PaymentTransaction)
class PaymentTransaction(Node):
    """One request to a gateway and what became of it."""

    kind: TransactionKind = column(models.PaymentTransaction.kind, "What was asked for.", read=Scope.PAYMENT)
    status: TransactionStatus = column(models.PaymentTransaction.status, "What became of it.", read=Scope.PAYMENT)
    amount: Money = money(
        models.PaymentTransaction.amount_minor,
        models.PaymentTransaction.currency,
        "How much; never negative, the kind says in which direction.",
        read=Scope.PAYMENT,
    )
    at: datetime = column(models.PaymentTransaction.at, "When it was asked for, or became known.", read=Scope.PAYMENT)
    gateway_reference: str | None = column(
        models.PaymentTransaction.gateway_reference, "The gateway's own id for it.", read=Scope.PAYMENT
    )
    error: str | None = column(
        models.PaymentTransaction.error, "Why it failed, in the gateway's words.", read=Scope.PAYMENT
    )


@stored(models.Payment)
class Payment(Node):
    """Money for an order, through one gateway and one means of payment."""

    status: PaymentStatus = column(models.Payment.status, "Where it stands.", read=Scope.PAYMENT)
    gateway: Source = one(models.Payment.gateway_key, "Who moves the money.", read=Scope.PAYMENT)
    method: str = column(models.Payment.method, "Means of payment, for instance `card`.", read=Scope.PAYMENT)
    amount: Money = money(models.Payment.amount_minor, CURRENCY, "What it is meant to come to.", read=Scope.PAYMENT)
    authorized: Money = money(models.Payment.authorized_minor, CURRENCY, "Ever held for us.", read=Scope.PAYMENT)
    captured: Money = money(models.Payment.captured_minor, CURRENCY, "Taken so far.", read=Scope.PAYMENT)
    refunded: Money = money(models.Payment.refunded_minor, CURRENCY, "Given back so far.", read=Scope.PAYMENT)
    transactions: list[PaymentTransaction] = many(
        models.PaymentTransaction.payment_id,
        "Its requests to the gateway, oldest first.",
        by=models.PaymentTransaction.at,
        read=Scope.PAYMENT,
    )
