"""How Stripe signs its events: https://docs.stripe.com/webhooks/signature, read 2026-11."""

import hmac

from app.sandbox.data import STRIPE_WEBHOOK_SECRET


def signature(body: bytes, at_s: int, *, secret: str = STRIPE_WEBHOOK_SECRET) -> str:
    """The value of Stripe-Signature."""
    digest = hmac.digest(secret.encode(), b"%d." % at_s + body, "sha256").hex()
    return f"t={at_s},v1={digest}"
