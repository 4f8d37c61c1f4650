"""Stripe: card payments by PaymentIntents captured by hand, and signed events. Quirks: README.md."""
