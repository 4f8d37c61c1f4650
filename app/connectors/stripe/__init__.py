"""Stripe: card payments by PaymentIntents captured by hand, and signed events. Quirks: docs/connectors/stripe.md."""
