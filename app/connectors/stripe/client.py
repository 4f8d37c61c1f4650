"""Everything that Stripe does for us. An authorization is a PaymentIntent that is captured by hand."""

from app.connectors.stripe.check import Check
from app.connectors.stripe.feeds import Events
from app.connectors.stripe.payments import Payments
from app.connectors.stripe.webhook import Webhooks


class StripeConnector(Payments, Webhooks, Events, Check):
    pass
