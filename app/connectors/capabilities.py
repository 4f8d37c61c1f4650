"""What a manifest may name, and the protocol that the vendor's client must then implement."""

from collections.abc import Mapping

from app.connectors.ports.analytics import AnalyticsSink
from app.connectors.ports.carrier import LabelSource, RateSource, TrackingAlerts, TrackingSource
from app.connectors.ports.checking import Checkable
from app.connectors.ports.crm import CaseDesk, CaseSource, InteractionSource
from app.connectors.ports.erp import ErpAccountSource, ErpDocumentSource
from app.connectors.ports.feeds import CaseFeed, CustomerFeed, Feed, OrderFeed, ProductFeed, StockFeed
from app.connectors.ports.inventory import StockSource
from app.connectors.ports.payment import PaymentGateway
from app.connectors.ports.sinks import InvoiceSink, OrderSink, ReturnSink, ShipmentSink, StockSink
from app.connectors.ports.storefront import StorefrontProfileSource
from app.connectors.ports.webhook import EventFeed, WebhookReceiver
from app.domain.outgoing import Push

CAPABILITIES: Mapping[str, type] = {
    "check": Checkable,
    # read live, in batches
    "cases": CaseSource,
    "interactions": InteractionSource,
    "storefront_profiles": StorefrontProfileSource,
    "erp_accounts": ErpAccountSource,
    "erp_documents": ErpDocumentSource,
    "stock": StockSource,
    "tracking": TrackingSource,
    # done on demand
    "payments": PaymentGateway,
    "rates": RateSource,
    "labels": LabelSource,
    "tracking_alerts": TrackingAlerts,
    # copied
    "customer_feed": CustomerFeed,
    "product_feed": ProductFeed,
    "order_feed": OrderFeed,
    "stock_feed": StockFeed,
    "case_feed": CaseFeed,
    # told
    "order_sink": OrderSink,
    "shipment_sink": ShipmentSink,
    "return_sink": ReturnSink,
    "invoice_sink": InvoiceSink,
    "stock_sink": StockSink,
    "case_desk": CaseDesk,
    "analytics_sink": AnalyticsSink,
    # heard
    "webhooks": WebhookReceiver,
    "event_feed": EventFeed,
}

FEEDS: Mapping[Feed, str] = {
    Feed.CUSTOMERS: "customer_feed",
    Feed.PRODUCTS: "product_feed",
    Feed.ORDERS: "order_feed",
    Feed.STOCK: "stock_feed",
    Feed.CASES: "case_feed",
    Feed.EVENTS: "event_feed",
}
"""The capability behind each feed that a source may be configured to sync."""

SINKS: Mapping[Push, str] = {
    Push.ORDERS: "order_sink",
    Push.SHIPMENTS: "shipment_sink",
    Push.RETURNS: "return_sink",
    Push.INVOICES: "invoice_sink",
    Push.STOCK: "stock_sink",
    Push.CASES: "case_desk",
    Push.ANALYTICS: "analytics_sink",
}
"""The capability behind each kind of document that a source may be configured to be told of."""
