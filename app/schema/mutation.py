"""The root of all commands: each with its workflow, its input, and what it may be asked by."""

import strawberry

from app.access.scopes import Scope
from app.resolvers.case import opened_case
from app.resolvers.commanding import commanded
from app.schema import case_mutations as cases
from app.schema import catalog_mutations as catalog
from app.schema import connector_mutations as connectors
from app.schema import exception_mutations as exceptions
from app.schema import fulfillment_mutations as fulfillment
from app.schema import inventory_mutations as inventory
from app.schema import order_mutations as orders
from app.schema import payment_mutations as payments
from app.schema import return_mutations as returns
from app.schema.mutation_payload import mutation
from app.workflows.case_create import CaseCreate, case_create
from app.workflows.connector_sync import ConnectorSync, connector_sync
from app.workflows.exception_resolve import ExceptionResolve, exception_resolve
from app.workflows.fulfillment_order_accept import FulfillmentOrderAccept, fulfillment_order_accept
from app.workflows.fulfillment_order_move import FulfillmentOrderMove, fulfillment_order_move
from app.workflows.fulfillment_order_pack import FulfillmentOrderPack, fulfillment_order_pack
from app.workflows.fulfillment_order_pick import FulfillmentOrderPick, fulfillment_order_pick
from app.workflows.fulfillment_order_reject import FulfillmentOrderReject, fulfillment_order_reject
from app.workflows.fulfillment_order_ship import FulfillmentOrderShip, fulfillment_order_ship
from app.workflows.inventory_adjust import InventoryAdjust, inventory_adjust
from app.workflows.inventory_transfer import InventoryTransfer, inventory_transfer
from app.workflows.location_upsert import LocationUpsert, location_upsert
from app.workflows.order_cancel import OrderCancel, order_cancel
from app.workflows.order_edit import OrderEdit, order_edit
from app.workflows.order_hold import OrderHold, order_hold
from app.workflows.order_input import OrderPlace
from app.workflows.order_place import order_place
from app.workflows.order_release_hold import OrderReleaseHold, order_release_hold
from app.workflows.order_route import OrderRoute, order_route
from app.workflows.order_submit import OrderSubmit, order_submit
from app.workflows.payment_authorize import PaymentAuthorize, payment_authorize
from app.workflows.payment_capture import PaymentCapture, payment_capture
from app.workflows.payment_refund import PaymentRefund, payment_refund
from app.workflows.payment_void import PaymentVoid, payment_void
from app.workflows.product_upsert import ProductUpsert, product_upsert
from app.workflows.reservation_create import ReservationCreate, reservation_create
from app.workflows.reservation_release import ReservationRelease, reservation_release
from app.workflows.return_approve import ReturnApprove, return_approve
from app.workflows.return_cancel import ReturnCancel, return_cancel
from app.workflows.return_close import ReturnClose, return_close
from app.workflows.return_decline import ReturnDecline, return_decline
from app.workflows.return_inspect import ReturnInspect, return_inspect
from app.workflows.return_receive import ReturnReceive, return_receive
from app.workflows.return_request import ReturnRequest, return_request
from app.workflows.shipment_cancel import ShipmentCancel, shipment_cancel
from app.workflows.shipment_record_event import ShipmentRecordEvent, shipment_record_event


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
    fulfillment_order_accept: fulfillment.FulfillmentOrderAcceptPayload = mutation(
        commanded("fulfillmentOrderAccept", FulfillmentOrderAccept, fulfillment_order_accept),
        fulfillment.FulfillmentOrderAcceptInput,
        "A location begins with what it was asked for.",
        read=Scope.FULFILLMENT_WRITE,
    )
    fulfillment_order_reject: fulfillment.FulfillmentOrderRejectPayload = mutation(
        commanded("fulfillmentOrderReject", FulfillmentOrderReject, fulfillment_order_reject),
        fulfillment.FulfillmentOrderRejectInput,
        "A location declines, or gives up what it has not shipped: that is routed elsewhere.",
        read=Scope.FULFILLMENT_WRITE,
    )
    fulfillment_order_pick: fulfillment.FulfillmentOrderPickPayload = mutation(
        commanded("fulfillmentOrderPick", FulfillmentOrderPick, fulfillment_order_pick),
        fulfillment.FulfillmentOrderPickInput,
        "Units are found and taken from the shelf.",
        read=Scope.FULFILLMENT_WRITE,
    )
    fulfillment_order_pack: fulfillment.FulfillmentOrderPackPayload = mutation(
        commanded("fulfillmentOrderPack", FulfillmentOrderPack, fulfillment_order_pack),
        fulfillment.FulfillmentOrderPackInput,
        "Picked units are put into parcels.",
        read=Scope.FULFILLMENT_WRITE,
    )
    fulfillment_order_ship: fulfillment.FulfillmentOrderShipPayload = mutation(
        commanded("fulfillmentOrderShip", FulfillmentOrderShip, fulfillment_order_ship),
        fulfillment.FulfillmentOrderShipInput,
        "Picked units leave in a parcel: a label is bought, stock is taken off, the payment captured.",
        read=Scope.FULFILLMENT_WRITE,
    )
    fulfillment_order_move: fulfillment.FulfillmentOrderMovePayload = mutation(
        commanded("fulfillmentOrderMove", FulfillmentOrderMove, fulfillment_order_move),
        fulfillment.FulfillmentOrderMoveInput,
        "Another location is asked for what has not shipped.",
        read=Scope.FULFILLMENT_WRITE,
    )
    shipment_cancel: fulfillment.ShipmentCancelPayload = mutation(
        commanded("shipmentCancel", ShipmentCancel, shipment_cancel),
        fulfillment.ShipmentCancelInput,
        "Calls a parcel off before the carrier has it: its label is voided, its units are packed again.",
        read=Scope.FULFILLMENT_WRITE,
    )
    shipment_record_event: fulfillment.ShipmentRecordEventPayload = mutation(
        commanded("shipmentRecordEvent", ShipmentRecordEvent, shipment_record_event),
        fulfillment.ShipmentRecordEventInput,
        "What is known of a parcel beside its carrier's own tracking.",
        read=Scope.FULFILLMENT_WRITE,
    )
    payment_authorize: payments.PaymentAuthorizePayload = mutation(
        commanded("paymentAuthorize", PaymentAuthorize, payment_authorize),
        payments.PaymentAuthorizeInput,
        "Asks for a further payment of an order; once enough is held, it goes on.",
        read=Scope.PAYMENT_WRITE,
    )
    payment_capture: payments.PaymentCapturePayload = mutation(
        commanded("paymentCapture", PaymentCapture, payment_capture),
        payments.PaymentCaptureInput,
        "Takes held money. Parcels do that by themselves as they leave; this is for doing it before.",
        read=Scope.PAYMENT_WRITE,
    )
    payment_void: payments.PaymentVoidPayload = mutation(
        commanded("paymentVoid", PaymentVoid, payment_void),
        payments.PaymentVoidInput,
        "Lets go of what is held, or calls off a payment that waits for its customer.",
        read=Scope.PAYMENT_WRITE,
    )
    payment_refund: payments.PaymentRefundPayload = mutation(
        commanded("paymentRefund", PaymentRefund, payment_refund),
        payments.PaymentRefundInput,
        "Gives an amount back. What is not owed anyway makes the order cheaper, by an entry of its change ledger.",
        read=Scope.PAYMENT_WRITE,
    )
    return_request: returns.ReturnRequestPayload = mutation(
        commanded("returnRequest", ReturnRequest, return_request),
        returns.ReturnRequestInput,
        "Announces units that come back, and what is wanted instead.",
        read=Scope.RETURN_WRITE,
    )
    return_approve: returns.ReturnApprovePayload = mutation(
        commanded("returnApprove", ReturnApprove, return_approve),
        returns.ReturnApproveInput,
        "The goods may come back, less a fee if there is one.",
        read=Scope.RETURN_WRITE,
    )
    return_decline: returns.ReturnDeclinePayload = mutation(
        commanded("returnDecline", ReturnDecline, return_decline),
        returns.ReturnDeclineInput,
        "The goods are not taken back; the customer keeps them.",
        read=Scope.RETURN_WRITE,
    )
    return_receive: returns.ReturnReceivePayload = mutation(
        commanded("returnReceive", ReturnReceive, return_receive),
        returns.ReturnReceiveInput,
        "Units arrived at a location.",
        read=Scope.RETURN_WRITE,
    )
    return_inspect: returns.ReturnInspectPayload = mutation(
        commanded("returnInspect", ReturnInspect, return_inspect),
        returns.ReturnInspectInput,
        "A verdict on units that arrived, or never did. RESTOCK puts them on hand.",
        read=Scope.RETURN_WRITE,
    )
    return_close: returns.ReturnClosePayload = mutation(
        commanded("returnClose", ReturnClose, return_close),
        returns.ReturnCloseInput,
        "Settles the money: credits the goods, gives back what that leaves, and places what was wanted instead.",
        read=Scope.RETURN_WRITE,
    )
    return_cancel: returns.ReturnCancelPayload = mutation(
        commanded("returnCancel", ReturnCancel, return_cancel),
        returns.ReturnCancelInput,
        "Withdraws a return of which nothing has arrived.",
        read=Scope.RETURN_WRITE,
    )
    product_upsert: catalog.ProductUpsertPayload = mutation(
        commanded("productUpsert", ProductUpsert, product_upsert),
        catalog.ProductUpsertInput,
        "Makes a product, or changes what is given of it.",
        read=Scope.CATALOG_WRITE,
    )
    location_upsert: catalog.LocationUpsertPayload = mutation(
        commanded("locationUpsert", LocationUpsert, location_upsert),
        catalog.LocationUpsertInput,
        "Makes a location, or changes what is given of it.",
        read=Scope.CATALOG_WRITE,
    )
    reservation_create: inventory.ReservationCreatePayload = mutation(
        commanded("reservationCreate", ReservationCreate, reservation_create),
        inventory.ReservationCreateInput,
        "Holds stock for a cart until it expires or an order takes it over.",
        read=Scope.INVENTORY_WRITE,
    )
    reservation_release: inventory.ReservationReleasePayload = mutation(
        commanded("reservationRelease", ReservationRelease, reservation_release),
        inventory.ReservationReleaseInput,
        "Gives up what a cart holds.",
        read=Scope.INVENTORY_WRITE,
    )
    inventory_adjust: inventory.InventoryAdjustPayload = mutation(
        commanded("inventoryAdjust", InventoryAdjust, inventory_adjust, lists=["positions"]),
        inventory.InventoryAdjustInput,
        "Corrects, counts or receives stock, and sets the levels around it. Orders that wait for supply get it.",
        read=Scope.INVENTORY_WRITE,
    )
    inventory_transfer: inventory.InventoryTransferPayload = mutation(
        commanded("inventoryTransfer", InventoryTransfer, inventory_transfer, lists=["positions"]),
        inventory.InventoryTransferInput,
        "Moves units from one location to another, at once.",
        read=Scope.INVENTORY_WRITE,
    )
    case_create: cases.CaseCreatePayload = mutation(
        commanded("caseCreate", CaseCreate, case_create, shown=opened_case),
        cases.CaseCreateInput,
        "Opens a case at the CRM, about a customer and perhaps one of their orders.",
        read=Scope.CRM_WRITE,
    )
    connector_sync: connectors.ConnectorSyncPayload = mutation(
        commanded("connectorSync", ConnectorSync, connector_sync),
        connectors.ConnectorSyncInput,
        "Has everything copied that a source is configured for, now and not when it is due.",
        read=Scope.CONNECTOR_WRITE,
    )
