"""Segments of customers."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app import models
from app.access.scopes import Scope
from app.execution.declare import batched, column, connection, stored
from app.resolvers import segment as resolve
from app.schema.connection import Connection
from app.schema.node import Node

if TYPE_CHECKING:
    from app.schema.customer import Customer


@stored(models.Segment)
class Segment(Node):
    """Customers who have something in common."""

    key: str = column(models.Segment.key, "Stable and unique.", read=Scope.ANALYTICS)
    name: str = column(models.Segment.name, "What it is called.", read=Scope.ANALYTICS)
    size: int = batched(resolve.sizes, "How many customers are in it.", key=models.Segment.id, read=Scope.ANALYTICS)
    customers: Connection[Annotated["Customer", strawberry.lazy("app.schema.customer")]] = connection(
        models.SegmentMember.segment_id,
        "The customers in it, by name.",
        through=models.SegmentMember.customer_id,
        by=models.Customer.display_name,
        descending=False,
        both_ways=False,
        read=Scope.CUSTOMER,
    )
