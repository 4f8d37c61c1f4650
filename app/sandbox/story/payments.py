"""Steps that concern money: payments of the order and their transactions with the gateway."""

from uuid import UUID

from app.domain.payment import PaymentStatus, RefundComponent, TransactionKind, TransactionStatus
from app.sandbox.story.book import Row
from app.sandbox.story.play import Play

GATEWAY = "stripe"
_OF_THE_AUTHORIZATION = (TransactionKind.CAPTURE, TransactionKind.VOID)
"""Have no object of their own with the gateway."""
_AUTHORIZES = (TransactionKind.AUTHORIZATION, TransactionKind.SALE)
_PREFIXES = {TransactionKind.REFUND: "re", TransactionKind.CHARGEBACK: "dp"}


def authorize(play: Play) -> None:
    """Of what is still to be paid."""
    play.wait(0.02, 0.1)
    payment = _open(play, PaymentStatus.AUTHORIZED, "card")
    payment["authorized_minor"] = payment["amount_minor"]
    _transact(play, payment, TransactionKind.AUTHORIZATION, payment["amount_minor"])
    play.happened("payment.authorized", amountMinor=payment["amount_minor"])


def sell(play: Play, amount_minor: int | None = None) -> None:
    """Authorized and captured at once; what is still to be paid, unless an amount is given."""
    play.wait(0.02, 0.1)
    payment = _open(play, PaymentStatus.CAPTURED, "card", amount_minor)
    payment["authorized_minor"] = payment["captured_minor"] = payment["amount_minor"]
    _transact(play, payment, TransactionKind.SALE, payment["amount_minor"])
    _sum_up(play)
    play.happened("payment.captured", amountMinor=payment["amount_minor"])


def capture(play: Play, *, percent: int = 100) -> None:
    """Of the order's total as it is now, from the newest payment."""
    play.wait(0.02, 0.2)
    payment = play.payments[-1]
    amount_minor = play.order["total_minor"] * percent // 100 - play.order["paid_minor"]
    payment["captured_minor"] += amount_minor
    payment["status"] = PaymentStatus.CAPTURED if percent == 100 else PaymentStatus.PARTIALLY_CAPTURED
    if percent == 100:
        payment["released_minor"] = payment["authorized_minor"] - payment["captured_minor"]
    _transact(play, payment, TransactionKind.CAPTURE, amount_minor)
    _sum_up(play)
    play.happened("payment.captured", amountMinor=amount_minor)


def void(play: Play) -> None:
    play.wait(0.02, 0.2)
    payment = play.payments[-1]
    payment["status"] = PaymentStatus.VOIDED
    payment["released_minor"] = payment["authorized_minor"]
    _transact(play, payment, TransactionKind.VOID, payment["authorized_minor"])
    play.happened("payment.voided", amountMinor=payment["authorized_minor"])


def lapse(play: Play) -> None:
    """The gateway lets go of an authorization that nobody captured."""
    play.wait(160, 168)
    payment = play.payments[-1]
    payment["status"] = PaymentStatus.EXPIRED
    payment["released_minor"] = payment["authorized_minor"]
    play.happened("payment.expired")


def refund_excess(play: Play) -> None:
    """What was paid beyond the order's total."""
    play.wait(0.1, 2)
    refund(play, play.order["paid_minor"] - play.order["refunded_minor"] - play.order["total_minor"])


def refund(play: Play, amount_minor: int, *, return_id: UUID | None = None) -> None:
    payment = play.payments[-1]
    _give_back(payment, amount_minor)
    _transact(play, payment, TransactionKind.REFUND, amount_minor, return_id=return_id)
    _sum_up(play)
    play.happened("payment.refunded", amountMinor=amount_minor)


def charge_back(play: Play) -> None:
    """The cardholder's bank takes all of it back."""
    play.wait(200, 400)
    payment = play.payments[-1]
    amount_minor = payment["captured_minor"]
    _give_back(payment, amount_minor)
    _transact(play, payment, TransactionKind.CHARGEBACK, amount_minor)
    _sum_up(play)
    play.happened("payment.charged_back", amountMinor=amount_minor)


def decline(play: Play) -> None:
    _try(play, PaymentStatus.DECLINED, TransactionStatus.FAILURE, "insufficient funds")


def break_off(play: Play) -> None:
    _try(play, PaymentStatus.ERROR, TransactionStatus.FAILURE, "the gateway refused the request: expired token")


def ask_for_action(play: Play) -> None:
    _try(play, PaymentStatus.PENDING, TransactionStatus.ACTION_REQUIRED, None)


def lose_answer(play: Play) -> None:
    _try(play, PaymentStatus.PENDING, TransactionStatus.UNKNOWN, "no answer within 10 s")


def await_transfer(play: Play) -> None:
    _try(play, PaymentStatus.PENDING, TransactionStatus.PENDING, None, method="bank_transfer")


def _try(
    play: Play, status: PaymentStatus, outcome: TransactionStatus, error: str | None, *, method: str = "card"
) -> None:
    play.wait(0.02, 0.1)
    payment = _open(play, status, method)
    _transact(play, payment, TransactionKind.AUTHORIZATION, payment["amount_minor"], outcome, error=error)
    play.happened(f"payment.{status.lower()}", amountMinor=payment["amount_minor"])


def _open(play: Play, status: PaymentStatus, method: str, amount_minor: int | None = None) -> Row:
    if amount_minor is None:
        amount_minor = play.order["total_minor"] - play.order["paid_minor"] + play.order["refunded_minor"]
    payment = play.book.add(
        "payments", play.at, order_id=play.order["id"], status=status, gateway_key=GATEWAY, method=method,
        currency=play.order["currency"], amount_minor=amount_minor,
        authorized_minor=0, captured_minor=0, released_minor=0, refunded_minor=0, gateway_reference=None,
        created_at=play.at,
    )  # fmt: skip
    play.payments.append(payment)
    return payment


def _give_back(payment: Row, amount_minor: int) -> None:
    payment["refunded_minor"] += amount_minor
    is_whole = payment["refunded_minor"] == payment["captured_minor"]
    payment["status"] = PaymentStatus.REFUNDED if is_whole else PaymentStatus.PARTIALLY_REFUNDED


def _sum_up(play: Play) -> None:
    play.order["paid_minor"] = sum(payment["captured_minor"] for payment in play.payments)
    play.order["refunded_minor"] = sum(payment["refunded_minor"] for payment in play.payments)


def _transact(
    play: Play,
    payment: Row,
    kind: TransactionKind,
    amount_minor: int,
    status: TransactionStatus = TransactionStatus.SUCCESS,
    *,
    return_id: UUID | None = None,
    error: str | None = None,
) -> None:
    # Drawn for every transaction, so that what is drawn later does not hang on how this one is told.
    drawn = f"{_PREFIXES.get(kind, 'pi')}_3Q{play.book.random.getrandbits(88):022x}"
    answered = status not in (TransactionStatus.UNKNOWN, TransactionStatus.FAILURE)
    reference = _authorization_reference(play, payment) if kind in _OF_THE_AUTHORIZATION else drawn
    position = len(play.book.tables["payment_transactions"])
    row = play.book.add(
        "payment_transactions", play.at, payment_id=payment["id"], return_id=return_id, kind=kind, status=status,
        amount_minor=amount_minor, currency=payment["currency"], at=play.at,
        gateway_reference=reference if answered else None, error=error, attempts=0,
        idempotency_key=f"{play.order['number']}-{kind.lower()}-{position}",
    )  # fmt: skip
    if kind in _AUTHORIZES and status is TransactionStatus.SUCCESS:
        payment["gateway_reference"] = reference
    if kind is TransactionKind.REFUND:
        play.book.add(
            "refund_parts", play.at, transaction_id=row["id"], component=RefundComponent.ADJUSTMENT,
            amount_minor=amount_minor,
        )  # fmt: skip


def _authorization_reference(play: Play, payment: Row) -> str:
    transactions = reversed(play.book.tables["payment_transactions"])
    own = (each for each in transactions if each["payment_id"] == payment["id"])
    reference: str = next(each["gateway_reference"] for each in own if each["kind"] is TransactionKind.AUTHORIZATION)
    return reference
