"""What a Stripe account does: holds, takes and gives back money of test cards, and tells of it in events."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from app.sandbox.data import StripeAccount
from app.sandbox.stripe.objects import AUTHORIZATION_LIFETIME_S, Object, charge, dispute, event, payment_intent, refund

GOOD_CARDS = {"pm_card_visa", "pm_card_mastercard", "pm_card_amex", "pm_card_discover"}
REFUND_STATUS = {"pm_card_pendingRefund": ("pending", "succeeded"), "pm_card_refundFail": ("succeeded", "failed")}
"""Of a refund on such a card: at first, and once settled."""
DISPUTED = "pm_card_createDispute"
WANTS_AUTHENTICATION = "pm_card_authenticationRequired"
DECLINES = {
    "pm_card_chargeDeclined": ("card_declined", "generic_decline", "Your card was declined."),
    "pm_card_chargeDeclinedInsufficientFunds": (
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    "pm_card_chargeDeclinedLostCard": ("card_declined", "lost_card", "Your card was declined."),
    "pm_card_chargeDeclinedExpiredCard": ("expired_card", "expired_card", "Your card has expired."),
    "pm_card_chargeDeclinedIncorrectCvc": ("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    "pm_card_chargeDeclinedProcessingError": (
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
}
"""https://docs.stripe.com/testing, read 2026-11."""


class StripeError(Exception):
    """`is_kept` under the request's key, as everything is that happened once the request was found to be in order."""

    def __init__(self, status: int, *, is_kept: bool = True, type: str = "invalid_request_error", **error: Any) -> None:  # noqa: A002
        super().__init__(error.get("message"))
        self.status = status
        self.is_kept = is_kept
        self.body = {"error": {"type": type, **error}}


class Account:
    def __init__(
        self, known: StripeAccount, *, now: Callable[[], float], tell: Callable[[Object], None] = lambda _: None
    ) -> None:
        """`tell` takes each event."""
        self._now = now
        self._tell = tell
        self._multicapture = known.multicapture
        self.intents: dict[str, Object] = {}
        self.charges: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.disputes: list[Object] = []
        for each in known.payment_intents:
            self._restore(payment_intent(**each))
        for each in known.refunds:
            self._give_back(refund(**each))

    def create(self, asked: Mapping[str, Any], key: str | None) -> Object:
        intent = payment_intent(
            amount=asked["amount"],
            currency=asked["currency"],
            created=int(self._now()),
            customer=asked.get("customer"),
            metadata=dict(asked.get("metadata", {})),
            payment_method=asked["payment_method"],
            payment_method_options=asked.get("payment_method_options", {}),
        )
        self.intents[intent["id"]] = intent
        card = intent["payment_method"]
        if card == WANTS_AUTHENTICATION and asked.get("off_session") != "true":
            intent["status"] = "requires_action"
            intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
            self._happened("payment_intent.requires_action", intent, key)
            return intent
        if card in DECLINES or card == WANTS_AUTHENTICATION:
            self._decline(intent, key)
        self._authorize(intent)
        self._happened("payment_intent.amount_capturable_updated", intent, key)
        return intent

    def capture(self, intent_id: str, asked: Mapping[str, Any], key: str | None) -> Object:
        intent = self.intent(intent_id)
        if intent["status"] != "requires_capture":
            raise _unexpected_state(intent, "captured")
        amount = asked.get("amount_to_capture", intent["amount_capturable"])
        if not 0 < amount <= intent["amount_capturable"]:
            message = f"You cannot capture more than the {intent['amount_capturable']} that can be captured."
            raise StripeError(400, code="amount_too_large", message=message, param="amount_to_capture")
        is_final = asked.get("final_capture", "true") == "true"
        if not is_final and not self._takes_parts(intent):
            raise StripeError(400, message="This payment cannot be captured more than once.", param="final_capture")
        left = 0 if is_final else intent["amount_capturable"] - amount
        intent["metadata"] |= asked.get("metadata", {})
        intent["amount_received"] += amount
        intent["amount_capturable"] = left
        intent["status"] = "requires_capture" if left else "succeeded"
        charged = self.charges[intent["latest_charge"]]
        charged["amount_captured"], charged["captured"] = intent["amount_received"], True
        self._happened("charge.captured", charged, key)
        self._happened("payment_intent.amount_capturable_updated" if left else "payment_intent.succeeded", intent, key)
        if intent["payment_method"] == DISPUTED:
            charged["disputed"] = True
            self.disputes.append(dispute(charged, int(self._now())))
            self._happened("charge.dispute.created", self.disputes[-1], None)
        return intent

    def cancel(self, intent_id: str, key: str | None) -> Object:
        intent = self.intent(intent_id)
        if intent["status"] in ("succeeded", "canceled") or intent["amount_received"]:
            raise _unexpected_state(intent, "canceled")
        self._cancel(intent, "requested_by_customer", key)
        return intent

    def refund(self, asked: Mapping[str, Any], key: str | None) -> Object:
        intent = self.intents.get(asked["payment_intent"])
        if intent is None:
            message = f"No such payment_intent: '{asked['payment_intent']}'"
            raise StripeError(400, code="resource_missing", message=message, param="payment_intent")
        if not intent["amount_received"]:
            raise StripeError(400, message="This PaymentIntent does not have a successful charge to refund.")
        charged = self.charges[intent["latest_charge"]]
        left = charged["amount_captured"] - charged["amount_refunded"]
        if left == 0:
            message = f"Charge {charged['id']} has already been refunded."
            raise StripeError(400, code="charge_already_refunded", message=message)
        amount = asked.get("amount", left)
        if not 0 < amount <= left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise StripeError(400, message=message, param="amount")
        status, _ = REFUND_STATUS.get(intent["payment_method"], ("succeeded", "succeeded"))
        made = refund(
            amount=amount,
            charge=charged["id"],
            created=int(self._now()),
            currency=intent["currency"],
            metadata=dict(asked.get("metadata", {})),
            payment_intent=intent["id"],
            status=status,
        )
        self._give_back(made)
        self._happened("charge.refunded", charged, key)
        return made

    def settle_refunds(self) -> None:
        """What takes Stripe days with real banks."""
        for each in self.refunds.values():
            first, settled = REFUND_STATUS.get(
                self.intents[each["payment_intent"]]["payment_method"], ("succeeded", "succeeded")
            )
            if first != settled and each["status"] == first:
                each["status"] = settled
                if settled == "failed":
                    each["failure_reason"] = "expired_or_canceled_card"
                    self.charges[each["charge"]]["amount_refunded"] -= each["amount"]
                self._happened("charge.refund.updated", each, None)

    def intent(self, intent_id: str) -> Object:
        intent = self.intents.get(intent_id)
        if intent is None:
            message = f"No such payment_intent: '{intent_id}'"
            raise StripeError(404, code="resource_missing", message=message, param="intent")
        if intent["status"] == "requires_capture" and self._now() > _capture_before(
            self.charges[intent["latest_charge"]]
        ):
            self._cancel(intent, "automatic", None)
        return intent

    def _takes_parts(self, intent: Object) -> bool:
        asked_for = intent["payment_method_options"].get("card", {}).get("request_multicapture") == "if_available"
        return self._multicapture and asked_for

    def _authorize(self, intent: Object) -> None:
        intent["status"], intent["amount_capturable"] = "requires_capture", intent["amount"]
        charged = charge(intent, multicapture=self._takes_parts(intent))
        self.charges[charged["id"]] = charged
        intent["latest_charge"] = charged["id"]

    def _decline(self, intent: Object, key: str | None) -> None:
        if intent["payment_method"] == WANTS_AUTHENTICATION:
            code = decline_code = "authentication_required"
            message = "Your card was declined. This transaction requires authentication."
        else:
            code, decline_code, message = DECLINES[intent["payment_method"]]
        error: Object = {"code": code, "decline_code": decline_code, "message": message}
        intent["last_payment_error"] = {"type": "card_error", **error}
        self._happened("payment_intent.payment_failed", intent, key)
        raise StripeError(402, type="card_error", **error, payment_intent=deepcopy(intent))

    def _cancel(self, intent: Object, reason: str, key: str | None) -> None:
        intent |= {"status": "canceled", "amount_capturable": 0, "canceled_at": int(self._now())}
        intent["cancellation_reason"] = reason
        self._happened("payment_intent.canceled", intent, key)

    def _give_back(self, made: Object) -> None:
        intent = self.intents[made["payment_intent"]]
        charged = self.charges[intent["latest_charge"]]
        made["charge"] = charged["id"]
        charged["amount_refunded"] += made["amount"]
        charged["refunded"] = charged["amount_refunded"] == charged["amount_captured"]
        self.refunds[made["id"]] = made

    def _restore(self, intent: Object) -> None:
        charged = charge(intent, multicapture=False)
        # A story may be older than a hold lasts: those that it left open end a week from now.
        charged["payment_method_details"]["card"]["capture_before"] = int(self._now()) + AUTHORIZATION_LIFETIME_S
        intent["latest_charge"] = charged["id"]
        self.intents[intent["id"]], self.charges[charged["id"]] = intent, charged

    def _happened(self, type_: str, object_: Object, key: str | None) -> None:
        self._tell(event(type_, deepcopy(object_), int(self._now()), key))


def _capture_before(charged: Object) -> int:
    before: int = charged["payment_method_details"]["card"]["capture_before"]
    return before


def _unexpected_state(intent: Object, done: str) -> StripeError:
    message = f"This PaymentIntent could not be {done} because it has a status of {intent['status']}."
    return StripeError(400, code="payment_intent_unexpected_state", message=message, payment_intent=deepcopy(intent))
