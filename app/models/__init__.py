"""SQLAlchemy tables, nothing else. `from app import models`, then `models.Order.number`."""

from app.models.base import Base
from app.models.catalog import Location, Product, ProductReference
from app.models.command import Command
from app.models.customer import (
    Consent,
    Customer,
    CustomerSourceRecord,
    MatchProposal,
    MatchProposalCustomer,
    customer_numbers,
)
from app.models.event import Event
from app.models.fulfillment import (
    FulfillmentOrder,
    FulfillmentOrderLine,
    RoutingAssignment,
    RoutingCandidate,
    RoutingDecision,
    Shipment,
    ShipmentLabel,
    ShipmentLine,
    TrackingEvent,
)
from app.models.import_run import ImportDocument, ImportReject, ImportRun
from app.models.inventory import InventoryMovement, InventoryPosition, Reservation, ReservationLine
from app.models.notification import Notification
from app.models.order import (
    Hold,
    Order,
    OrderChange,
    OrderChangeLine,
    OrderException,
    OrderLine,
    OrderReference,
    order_numbers,
)
from app.models.outgoing_document import OutgoingDocument
from app.models.payment import Payment, PaymentTransaction, RefundPart
from app.models.returns import ExchangeLine, Return, ReturnDisposition, ReturnLine
from app.models.segment import CustomerScore, Segment, SegmentMember
from app.models.source import Connector, Source
from app.models.source_reading import SourceChange, SourceReading
from app.models.sync import SyncCursor, SyncedRecord, SyncRefusal, SyncRun
from app.models.webhook_delivery import WebhookDelivery

__all__ = [
    "Base",
    "Command",
    "Connector",
    "Consent",
    "Customer",
    "CustomerScore",
    "CustomerSourceRecord",
    "Event",
    "ExchangeLine",
    "FulfillmentOrder",
    "FulfillmentOrderLine",
    "Hold",
    "ImportDocument",
    "ImportReject",
    "ImportRun",
    "InventoryMovement",
    "InventoryPosition",
    "Location",
    "MatchProposal",
    "MatchProposalCustomer",
    "Notification",
    "Order",
    "OrderChange",
    "OrderChangeLine",
    "OrderException",
    "OrderLine",
    "OrderReference",
    "OutgoingDocument",
    "Payment",
    "PaymentTransaction",
    "Product",
    "ProductReference",
    "RefundPart",
    "Reservation",
    "ReservationLine",
    "Return",
    "ReturnDisposition",
    "ReturnLine",
    "RoutingAssignment",
    "RoutingCandidate",
    "RoutingDecision",
    "Segment",
    "SegmentMember",
    "Shipment",
    "ShipmentLabel",
    "ShipmentLine",
    "Source",
    "SourceChange",
    "SourceReading",
    "SyncCursor",
    "SyncRefusal",
    "SyncRun",
    "SyncedRecord",
    "TrackingEvent",
    "WebhookDelivery",
    "customer_numbers",
    "order_numbers",
]
