"""The root of all commands: each with its workflow, its input, and what it may be asked by."""

import strawberry

from app.access.scopes import Scope
from app.resolvers.commanding import commanded
from app.schema import exception_mutations as exceptions
from app.schema import order_mutations as orders
from app.schema.mutation_payload import mutation
from app.workflows.exception_resolve import ExceptionResolve, exception_resolve
from app.workflows.order_cancel import OrderCancel, order_cancel
from app.workflows.order_edit import OrderEdit, order_edit
from app.workflows.order_hold import OrderHold, order_hold
from app.workflows.order_input import OrderPlace
from app.workflows.order_place import order_place
from app.workflows.order_release_hold import OrderReleaseHold, order_release_hold
from app.workflows.order_route import OrderRoute, order_route
from app.workflows.order_submit import OrderSubmit, order_submit


@strawberry.type(description="Everything that can be done. Each takes one `input` and can be rehearsed.")
class Mutation:
    order_place: orders.OrderPlacePayload = mutation(
        commanded("orderPlace", OrderPlace, order_place),
        orders.OrderPlaceInput,
        "Takes an order from any channel: reserves its units, asks for its payment, and holds what needs a look.",
        read=Scope.ORDER_WRITE,
    )
    order_submit: orders.OrderSubmitPayload = mutation(
        commanded("orderSubmit", OrderSubmit, order_submit),
        orders.OrderSubmitInput,
        "A draft becomes an order.",
        read=Scope.ORDER_WRITE,
    )
    order_edit: orders.OrderEditPayload = mutation(
        commanded("orderEdit", OrderEdit, order_edit),
        orders.OrderEditInput,
        "Adds lines, changes how many units are ordered, or where they go.",
        read=Scope.ORDER_WRITE,
    )
    order_cancel: orders.OrderCancelPayload = mutation(
        commanded("orderCancel", OrderCancel, order_cancel),
        orders.OrderCancelInput,
        "Cancels units that have not shipped: their stock is free again, and what was held for them is let go.",
        read=Scope.ORDER_WRITE,
    )
    order_hold: orders.OrderHoldPayload = mutation(
        commanded("orderHold", OrderHold, order_hold),
        orders.OrderHoldInput,
        "Stops an order until the hold is released.",
        read=Scope.ORDER_WRITE,
    )
    order_release_hold: orders.OrderReleaseHoldPayload = mutation(
        commanded("orderReleaseHold", OrderReleaseHold, order_release_hold),
        orders.OrderReleaseHoldInput,
        "Releases a hold. With the last one gone the order goes on from where it was held.",
        read=Scope.ORDER_WRITE,
    )
    order_route: orders.OrderRoutePayload = mutation(
        commanded("orderRoute", OrderRoute, order_route),
        orders.OrderRouteInput,
        "Decides anew which locations ship what, as far as they have not begun.",
        read=Scope.ORDER_WRITE,
    )
    exception_resolve: exceptions.ExceptionResolvePayload = mutation(
        commanded("exceptionResolve", ExceptionResolve, exception_resolve),
        exceptions.ExceptionResolveInput,
        "Decides about a step that had failed for good: it is tried again, or left as it is.",
        read=Scope.ORDER_WRITE,
    )
