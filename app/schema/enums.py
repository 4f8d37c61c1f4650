"""The domain's words as GraphQL enums, each value with the sentence a client developer needs."""

from enum import Enum, EnumType
from typing import cast

import strawberry
from strawberry.types.enum import WithStrawberryEnumDefinition

from app.connectors.contract import CircuitState, SourceState
from app.connectors.ports.crm import InteractionKind
from app.domain.actor import ActorKind
from app.domain.customer import ConsentChannel, CustomerKind, MatchProposalStatus
from app.domain.fulfillment import FulfillmentOrderStatus, ShipmentStatus
from app.domain.inventory import LocationKind, MovementKind
from app.domain.order import (
    ExceptionStatus,
    HoldReason,
    OrderChangeKind,
    OrderFulfillmentStatus,
    OrderManagement,
    OrderPaymentStatus,
    OrderReturnStatus,
    OrderStatus,
)
from app.domain.payment import PaymentStatus, TransactionKind, TransactionStatus
from app.domain.refusals import RefusalCode
from app.domain.returns import Disposition, ReturnReason, ReturnStatus
from app.domain.source import SourceKind
from app.resolvers.timeline import TimelineKind

__all__ = [
    "ActorKind",
    "CircuitState",
    "ConsentChannel",
    "CustomerKind",
    "Disposition",
    "ExceptionStatus",
    "FulfillmentOrderStatus",
    "HoldReason",
    "InteractionKind",
    "LocationKind",
    "MatchProposalStatus",
    "MovementKind",
    "OrderChangeKind",
    "OrderFulfillmentStatus",
    "OrderManagement",
    "OrderPaymentStatus",
    "OrderReturnStatus",
    "OrderStatus",
    "PaymentStatus",
    "RefusalCode",
    "ReturnReason",
    "ReturnStatus",
    "ShipmentStatus",
    "SortDirection",
    "SourceKind",
    "SourceState",
    "TimelineKind",
    "TransactionKind",
    "TransactionStatus",
]


def enum(words: EnumType, description: str, *, name: str | None = None, **values: str) -> None:
    """Makes `words` a GraphQL enum. Raises TypeError unless exactly its values are described."""
    if set(values) != set(words.__members__):
        raise TypeError(f"{words.__name__}: describe {sorted(set(values) ^ set(words.__members__))}")
    strawberry.enum(words, name=name, description=description)
    for each in cast("type[WithStrawberryEnumDefinition]", words).__strawberry_definition__.values:
        each.description = values[each.name]


@strawberry.enum(description="Direction of a sort.")
class SortDirection(Enum):
    ASC = strawberry.enum_value("ASC", description="Smallest, earliest, A first.")
    DESC = strawberry.enum_value("DESC", description="Largest, latest, Z first.")


enum(
    SourceKind,
    "What a source system is for.",
    CRM="Customer relations: contacts, cases, conversations.",
    ERP="Accounting and planning: accounts, documents, stock on the books.",
    STOREFRONT="Where customers order.",
    PAYMENT="A payment gateway.",
    CARRIER="Moves parcels and reports where they are.",
    INVENTORY="Keeps stock for a warehouse or a network of them.",
    ANALYTICS="Reports and measures.",
    INTERNAL="Junction itself.",
)
enum(
    SourceState,
    "How a source took part in an answer.",
    FRESH="Asked just now.",
    CACHED="Remembered from an earlier answer that is not older than `maxAge`.",
    STALE="The source failed; this is its last known word, as old as `asOf` says.",
    TIMED_OUT="No answer within the deadline, and nothing older to show.",
    UNAVAILABLE="Down, refusing or unreadable, and nothing older to show.",
    DISABLED="Switched off in the configuration.",
)
enum(
    CircuitState,
    "Whether requests to a source are let through.",
    CLOSED="Yes: the source is healthy.",
    OPEN="No: it failed repeatedly and is being left alone for a while.",
    HALF_OPEN="One at a time, to see whether it has recovered.",
)
enum(
    ActorKind,
    "Who did something.",
    CUSTOMER="The customer.",
    AGENT="A person who works for the retailer.",
    PARTNER="Another company's application.",
    SYSTEM="Junction itself, following a rule.",
    CONNECTOR="A source system, through its connector.",
)
enum(
    CustomerKind,
    "Person or organization.",
    PERSON="A human being.",
    ORGANIZATION="A company or another body that people buy for.",
)
enum(
    ConsentChannel,
    "A way to reach a customer that needs their consent.",
    EMAIL="E-mail.",
    SMS="Text message.",
    PHONE="Telephone call.",
    POST="Letter.",
)
enum(
    MatchProposalStatus,
    "State of a proposal that two customers are one.",
    OPEN="Waiting for a decision.",
    ACCEPTED="They are one, and were merged.",
    REJECTED="They are two, and will not be proposed again.",
)
enum(
    OrderStatus,
    "Lifecycle of an order.",
    DRAFT="Being put together; reserves and charges nothing.",
    PENDING="Captured, not yet validated.",
    ON_HOLD="Blocked by at least one hold.",
    CONFIRMED="All checks passed; not yet given to a location.",
    PROCESSING="At least one location is working on it.",
    COMPLETED="Every unit is delivered, returned or canceled, and the balance is settled.",
    CANCELED="Every unit was canceled before it shipped.",
    EXPIRED="Not paid or confirmed in time.",
)
enum(
    OrderFulfillmentStatus,
    "How far an order's units have come, derived from the quantities of its lines.",
    UNFULFILLED="Nothing has shipped.",
    BACKORDERED="Nothing has shipped, and some units wait for supply.",
    PARTIALLY_FULFILLED="Some units have shipped.",
    FULFILLED="Every unit has shipped.",
    PARTIALLY_DELIVERED="Some of the shipped units have arrived.",
    DELIVERED="Every unit has arrived.",
)
enum(
    OrderPaymentStatus,
    "What has been paid, derived from the payments and the change ledger.",
    NOT_PAID="Nothing authorized, nothing paid.",
    AUTHORIZED="The whole amount is authorized and not yet captured.",
    PARTIALLY_PAID="Some of it is captured.",
    PAID="All of it is captured.",
    PARTIALLY_REFUNDED="Paid, and some of it given back.",
    REFUNDED="Paid, and all of it given back.",
    VOIDED="The authorization was released.",
    BALANCE_DUE="The order became larger than what was paid.",
    CREDIT_OWED="The order became smaller than what was paid; the difference is not yet refunded.",
)
enum(
    OrderReturnStatus,
    "How much of an order is coming back, derived from its returns.",
    NONE="Nothing.",
    REQUESTED="A return waits for approval.",
    IN_PROGRESS="Goods are on their way back or being inspected.",
    PARTIALLY_RETURNED="Some units came back.",
    RETURNED="Every unit came back.",
)
enum(
    OrderManagement,
    "Who drives the order.",
    MANAGED="Junction drives its lifecycle.",
    UNMANAGED="Another system drives it; here it is a mirror and read-only.",
)
enum(
    OrderChangeKind,
    "What an entry of the change ledger records.",
    PLACE="The order as placed.",
    EDIT="Units, lines or addresses changed.",
    CANCEL="Units canceled.",
    RETURN="Units returned.",
    EXCHANGE="Units added in exchange for returned ones.",
    ADJUSTMENT="Money changed without units, for instance a goodwill discount.",
)
enum(
    HoldReason,
    "Why an order is held.",
    VALIDATION="A check at capture found something.",
    FRAUD_RISK="It may be fraud.",
    AWAITING_PAYMENT="Payment is missing or was declined.",
    ADDRESS="The address cannot be delivered to.",
    INVENTORY="Stock is missing.",
    CREDIT="The customer's credit is exhausted.",
    MANUAL="An agent asked for it.",
    OTHER="See the note.",
)
enum(
    ExceptionStatus,
    "Whether an exception still waits.",
    OPEN="Waiting for a decision.",
    RESOLVED="Decided.",
)
enum(
    PaymentStatus,
    "State of a payment.",
    PENDING="Asked for; the gateway has not decided.",
    AUTHORIZED="The amount is held for us.",
    PARTIALLY_CAPTURED="Some of it was taken.",
    CAPTURED="All of it was taken.",
    PARTIALLY_REFUNDED="Some of it was given back.",
    REFUNDED="All of it was given back.",
    VOIDED="The authorization was released.",
    EXPIRED="The authorization ran out.",
    DECLINED="The gateway said no.",
    ERROR="It failed for a technical reason.",
)
enum(
    TransactionKind,
    "What a gateway was asked to do.",
    AUTHORIZATION="Hold an amount.",
    CAPTURE="Take an amount that is held.",
    SALE="Hold and take at once.",
    VOID="Release what is held.",
    REFUND="Give back.",
    CHARGEBACK="Taken back through the customer's bank.",
)
enum(
    TransactionStatus,
    "What became of a request to a gateway.",
    PENDING="Not decided yet.",
    SUCCESS="Done.",
    FAILURE="Refused.",
    ACTION_REQUIRED="The customer must act, for instance confirm with the bank.",
    UNKNOWN="No answer came; it is being looked up before anything else happens.",
)
enum(
    RefusalCode,
    "Why a mutation did not do what it was asked for.",
    name="UserErrorCode",
    NOT_FOUND="It names something that is not there.",
    INVALID="A value is not one that this field can have.",
    REQUIRED="A value is missing.",
    VERSION_CONFLICT="Somebody changed it since `expectedVersion`: read it again, then decide.",
    ILLEGAL_TRANSITION="Not in the state that it is in.",
    INSUFFICIENT_STOCK="There are not as many units.",
    PAYMENT_DECLINED="The gateway said no: ask for another means of payment.",
    PAYMENT_UNAVAILABLE="The gateway has not answered, or not decided: it may have happened.",
    SOURCE_UNAVAILABLE="An outside system did not answer: try again later.",
    IDEMPOTENCY_MISMATCH="The idempotency key was used with another input.",
    IDEMPOTENCY_IN_PROGRESS="A call with this idempotency key is under way: ask again for its answer.",
    NOT_RETURNABLE="The units cannot come back, or no longer.",
    ALREADY_DONE="It is as asked for already.",
    LIMIT_EXCEEDED="More than is allowed.",
    FORBIDDEN="Not allowed to the caller.",
)
enum(
    FulfillmentOrderStatus,
    "State of a request to a location.",
    SCHEDULED="To be worked on later.",
    OPEN="Waiting for the location to accept.",
    ON_HOLD="Blocked by a hold.",
    IN_PROGRESS="Accepted: being picked and packed.",
    CLOSED="Every unit was shipped or canceled.",
    INCOMPLETE="The location could not supply all; the rest went elsewhere.",
    REJECTED="The location declined; its units went elsewhere.",
    CANCELED="Called off.",
)
enum(
    ShipmentStatus,
    "Where a parcel is.",
    CREATED="Known here, no label yet.",
    LABEL_PURCHASED="Labeled, not yet with the carrier.",
    PICKED_UP="With the carrier.",
    IN_TRANSIT="Moving.",
    OUT_FOR_DELIVERY="On the last vehicle.",
    ATTEMPTED="Delivery was tried and failed.",
    DELAYED="Later than promised.",
    DELIVERED="Handed over.",
    RETURNED_TO_SENDER="On its way back, undelivered.",
    LOST="Given up.",
    CANCELED="Called off before the carrier had it.",
)
enum(
    ReturnStatus,
    "State of a return.",
    REQUESTED="The customer asked; nobody decided yet.",
    OPEN="Approved; the goods are awaited.",
    DECLINED="Refused, with a reason.",
    IN_TRANSIT="The goods are on their way.",
    PARTIALLY_RECEIVED="Some arrived.",
    RECEIVED="All arrived.",
    INSPECTED="Every unit received has a disposition.",
    CLOSED="The money is settled.",
    CANCELED="Withdrawn.",
)
enum(
    ReturnReason,
    "Why goods come back.",
    UNWANTED="Changed their mind.",
    DEFECTIVE="Does not work.",
    DAMAGED_IN_TRANSIT="Broken on the way.",
    WRONG_ITEM="Not what was ordered.",
    NOT_AS_DESCRIBED="Not what the page said.",
    SIZE_OR_FIT="Does not fit.",
    LATE="Came too late.",
    OTHER="See the note.",
)
enum(
    Disposition,
    "What becomes of a returned unit.",
    RESTOCK="Back into stock.",
    REFURBISH="Repaired or repacked first.",
    SCRAP="Thrown away.",
    MISSING="Was not in the parcel.",
)
enum(
    LocationKind,
    "What kind of place holds stock.",
    WAREHOUSE="A warehouse of ours.",
    STORE="A shop that also ships.",
    THIRD_PARTY="A logistics partner.",
    SUPPLIER="Ships on our behalf from its own stock.",
)
enum(
    MovementKind,
    "What changed a stock position.",
    RECEIPT="Goods came in.",
    ADJUSTMENT="A correction.",
    RESERVE="Promised to a cart or an order.",
    RELEASE="A promise was taken back.",
    ALLOCATE="Assigned to an order at this location.",
    DEALLOCATE="An assignment was taken back.",
    SHIP="Left with a parcel.",
    RETURN_RESTOCK="Came back and may be sold again.",
    TRANSFER_OUT="Left for another location.",
    TRANSFER_IN="Came from another location.",
    COUNT="A stock count set the number.",
)
enum(
    InteractionKind,
    "How a customer and the company met.",
    EMAIL="E-mail.",
    CALL="Telephone call.",
    CHAT="Chat.",
    MEETING="Meeting.",
    SOCIAL="Social network.",
    SALES="Sales conversation.",
    NOTE="A note about the customer.",
)
enum(
    TimelineKind,
    "What kind of thing happened.",
    ORDER="An order was placed.",
    PAYMENT="Money was held or taken.",
    SHIPMENT="A parcel left.",
    RETURN="A return was asked for.",
    REFUND="Money was given back.",
    CASE="A case was opened in the CRM.",
    INTERACTION="The customer and the company met.",
    PROFILE="A profile was made in a storefront.",
)
