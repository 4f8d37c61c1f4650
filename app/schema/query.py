"""The root of all questions."""

from datetime import datetime

import strawberry

from app import models
from app.access.scopes import Scope
from app.execution.access import public
from app.execution.conditions import Equal, Match, OneOf
from app.execution.declare import Argument, batched, by_id, connection, listing, lookup, where
from app.resolvers import availability, event
from app.resolvers.as_of import ORDER_HISTORY
from app.schema.catalog import Location, Product
from app.schema.connection import Connection, Log
from app.schema.customer import (
    CUSTOMER_SORTS,
    Customer,
    CustomerLookup,
    CustomerSort,
    CustomerWhere,
)
from app.schema.enums import MatchProposalStatus
from app.schema.event import Event
from app.schema.fulfillment import FulfillmentOrder, FulfillmentOrderWhere, Shipment, ShipmentLookup
from app.schema.inventory import Availability, InventoryPosition, InventoryPositionWhere
from app.schema.match_proposal import MatchProposal
from app.schema.node import Node
from app.schema.order import (
    ORDER_SORTS,
    ExceptionWhere,
    Order,
    OrderException,
    OrderLookup,
    OrderSort,
    OrderWhere,
)
from app.schema.returns import Return, ReturnLookup, ReturnWhere
from app.schema.segment import Segment
from app.schema.source import Connector

NOT_MERGED_AWAY = models.Customer.merged_into_id.is_(None)
ANY_TYPE = public("Each field of what it finds asks for its own scope.")


def search(description: str) -> str:
    return (
        f"Words, all of which must be in {description}; most small misspellings of words without digits are forgiven."
    )


@strawberry.type(description="Every question that can be asked.")
class Query:
    node: Node | None = by_id(
        "Whatever has this id.", arguments={"id": Argument(strawberry.ID, "A global id.")}, read=ANY_TYPE
    )
    nodes: list[Node | None] = by_id(
        "Whatever has these ids, in their order; null where there is nothing.",
        arguments={
            "ids": Argument(list[strawberry.ID], "Global ids; 100 at most, unless the server is set otherwise.")
        },
        read=ANY_TYPE,
    )
    customer: Customer | None = lookup(
        models.Customer,
        "One customer; null when nobody is known by that.",
        by=models.Customer.created_at,
        arguments={"by": where(CustomerLookup, "How the customer is named.", required=True)},
        read=Scope.CUSTOMER,
    )
    customers: Connection[Customer] = connection(
        models.Customer,
        "Customers, the latest first unless `sortBy` says otherwise.",
        by=models.Customer.created_at,
        where=NOT_MERGED_AWAY,
        arguments={
            "search": Argument(
                str | None,
                search("number, name, company, e-mail or phone"),
                condition=Match(models.Customer.search_text),
            ),
            "where": where(CustomerWhere),
        },
        sort_by=CustomerSort,
        sorts=CUSTOMER_SORTS,
        read=Scope.CUSTOMER,
    )
    order: Order | None = lookup(
        models.Order,
        "One order; null when none is known by that.",
        by=models.Order.placed_at,
        arguments={
            "by": where(OrderLookup, "How the order is named.", required=True),
            "as_of": Argument(
                datetime | None,
                "The order as it was then, from the event log; null before its first event. Without it, as it is now.",
            ),
        },
        history=ORDER_HISTORY,
        read=Scope.ORDER,
    )
    orders: Connection[Order] = connection(
        models.Order,
        "Orders, the latest first unless `sortBy` says otherwise.",
        by=models.Order.placed_at,
        arguments={
            "search": Argument(
                str | None,
                search("number, channel, or name and e-mail of who ordered"),
                condition=Match(models.Order.search_text),
            ),
            "where": where(OrderWhere),
        },
        sort_by=OrderSort,
        sorts=ORDER_SORTS,
        read=Scope.ORDER,
    )
    fulfillment_orders: Connection[FulfillmentOrder] = connection(
        models.FulfillmentOrder,
        "Requests to locations, the oldest first: what to work on next.",
        by=models.FulfillmentOrder.created_at,
        descending=False,
        both_ways=False,
        arguments={"where": where(FulfillmentOrderWhere)},
        read=Scope.FULFILLMENT,
    )
    shipment: Shipment | None = lookup(
        models.Shipment,
        "One parcel; null when none is known by that.",
        by=models.Shipment.created_at,
        arguments={"by": where(ShipmentLookup, "How the parcel is named.", required=True)},
        read=Scope.FULFILLMENT,
    )
    return_: Return | None = lookup(
        models.Return,
        "One return; null when none is known by that.",
        by=models.Return.requested_at,
        arguments={"by": where(ReturnLookup, "How the return is named.", required=True)},
        read=Scope.RETURN,
        name="return",
    )
    returns: Connection[Return] = connection(
        models.Return,
        "Returns, the latest first.",
        by=models.Return.requested_at,
        arguments={"where": where(ReturnWhere)},
        read=Scope.RETURN,
    )
    product: Product | None = lookup(
        models.Product,
        "One product; null when the catalog does not have it.",
        by=models.Product.sku,
        arguments={"sku": Argument(str, "Its SKU, exact to the letter's case.", condition=Equal(models.Product.sku))},
        read=Scope.CATALOG,
    )
    products: Connection[Product] = connection(
        models.Product,
        "Products by SKU.",
        by=models.Product.sku,
        descending=False,
        both_ways=False,
        arguments={"search": Argument(str | None, search("SKU or title"), condition=Match(models.Product.search_text))},
        read=Scope.CATALOG,
    )
    locations: list[Location] = listing(
        models.Location, "All locations by key.", by=models.Location.key, read=Scope.CATALOG
    )
    inventory_positions: Connection[InventoryPosition] = connection(
        models.InventoryPosition,
        "Stock, a position for each product at each location.",
        by=models.InventoryPosition.id,
        descending=False,
        both_ways=False,
        arguments={"where": where(InventoryPositionWhere)},
        read=Scope.INVENTORY,
    )
    availability: list[Availability] = batched(
        availability.of_skus_asked,
        "What can be sold of each product, in the order asked; a SKU that is not in the catalog has nothing.",
        arguments={
            "skus": Argument(list[str], "100 at most, unless the server is set otherwise."),
            "location_keys": Argument(list[str] | None, "Only from these locations; all active ones when left out."),
        },
        read=Scope.INVENTORY,
    )
    exceptions: Connection[OrderException] = connection(
        models.OrderException,
        "Steps that failed for good, the latest first.",
        by=models.OrderException.raised_at,
        both_ways=False,
        arguments={"where": where(ExceptionWhere)},
        read=Scope.ORDER,
    )
    match_proposals: list[MatchProposal] = listing(
        models.MatchProposal,
        "Pairs of customers that may be one, the likeliest first.",
        by=models.MatchProposal.score,
        descending=True,
        arguments={
            "first": Argument(int | None, "How many."),
            "status": Argument(
                MatchProposalStatus | None, "Only in this state.", condition=Equal(models.MatchProposal.status)
            ),
        },
        read=Scope.CUSTOMER,
    )
    segments: list[Segment] = listing(
        models.Segment, "All segments by key.", by=models.Segment.key, read=Scope.ANALYTICS
    )
    events: Log[Event] = connection(
        models.Event,
        "The event log, oldest first.",
        by=models.Event.position,
        descending=False,
        both_ways=False,
        arguments={
            "types": Argument(list[str] | None, "Only events of these types.", condition=OneOf(models.Event.type)),
            "subject_id": Argument(strawberry.ID | None, "Only what happened to this.", condition=event.happened_to),
        },
        read=Scope.EVENT,
    )
    connectors: list[Connector] = listing(
        models.Connector, "Sources that can be asked live.", by=models.Connector.source_key, read=Scope.CONNECTOR
    )
