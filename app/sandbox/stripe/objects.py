"""Stripe's objects in full, from the few values that the sandbox knows of them, as of version 2023-08-16."""

import secrets
from typing import Any

Object = dict[str, Any]

VERSION = "2023-08-16"
AUTHORIZATION_LIFETIME_S = 7 * 24 * 3600
"""Of an online card payment: https://docs.stripe.com/payments/place-a-hold-on-a-payment-method, read 2026-11"""


def new_id(prefix: str) -> str:
    return f"{prefix}_3{secrets.token_hex(11)}"


def payment_intent(**known: Any) -> Object:
    intent = {
        "id": new_id("pi"),
        "object": "payment_intent",
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "manual",
        "confirmation_method": "automatic",
        "customer": None,
        "description": None,
        "invoice": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    } | known
    return {"client_secret": f"{intent['id']}_secret_{secrets.token_hex(8)}"} | intent


def charge(intent: Object, *, multicapture: bool) -> Object:
    """Of an authorized intent; what was captured and given back of it is kept up to date by the account."""
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount_received"],
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": None, "name": None, "phone": None},
        "captured": intent["amount_received"] > 0,
        "created": intent["created"],
        "currency": intent["currency"],
        "customer": intent["customer"],
        "disputed": False,
        "livemode": False,
        "metadata": {},
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {
            "type": "card",
            "card": {
                "brand": "visa",
                "capture_before": intent["created"] + AUTHORIZATION_LIFETIME_S,
                "exp_month": 8,
                "exp_year": 2030,
                "last4": "4242",
                "multicapture": {"status": "available" if multicapture else "unavailable"},
            },
        },
        "refunded": False,
        "status": "succeeded",
    }


def refund(**known: Any) -> Object:
    return {
        "id": new_id("re"),
        "object": "refund",
        "balance_transaction": None,
        "metadata": {},
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    } | known


def dispute(charge: Object, created: int) -> Object:
    return {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": charge["amount_captured"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {"due_by": None, "has_evidence": False, "past_due": False, "submission_count": 0},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }


def webhook_endpoint(url: str, created: float) -> Object:
    return {
        "id": "we_sandbox",
        "object": "webhook_endpoint",
        "api_version": VERSION,
        "application": None,
        "created": int(created),
        "description": None,
        "enabled_events": ["*"],
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }


def event(type_: str, object_: Object, created: int, key: str | None) -> Object:
    return {
        "id": new_id("evt"),
        "object": "event",
        "api_version": VERSION,
        "created": created,
        "data": {"object": object_},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": new_id("req"), "idempotency_key": key},
        "type": type_,
    }
