"""Stripe on the wire: payments, their state, and signed webhooks."""
