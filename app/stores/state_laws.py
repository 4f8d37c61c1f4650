"""No order, payment, fulfillment order or return is in a state that its rows cannot explain.

The tables of the lifecycles (app/domain/*_lifecycle.py) say how a state is reached; what must then be true of units,
money and holds can be looked up. Imported orders (UNMANAGED) are as their source says.
"""

from app.stores.law import Law

_ADVICE = "Look at its events: the last one that fits is how far it really came."
_LINES = """
    SELECT order_id, sum(ordered - canceled) AS wanted, sum(ordered - canceled - shipped) AS open,
           sum(reserved + allocated + in_fulfillment) AS promised, sum(backordered) AS backordered,
           sum(shipped) AS shipped, sum(delivered) AS delivered, sum(returned) AS returned
      FROM order_lines GROUP BY order_id"""

STATE_LAWS = (
    Law(
        "states.orders",
        "An order is where its units, holds and fulfillment orders allow it to be",
        _ADVICE,
        f"""
        WITH lines AS ({_LINES}),
        found AS (
            SELECT orders.number, orders.status, coalesce(lines.open, 0) AS open,
                   coalesce(lines.promised, 0) AS promised, coalesce(lines.shipped, 0) AS shipped,
                   EXISTS (SELECT FROM holds hold WHERE hold.order_id = orders.id AND hold.released_at IS NULL
                              AND hold.fulfillment_order_id IS NULL) AS is_held,
                   EXISTS (SELECT FROM fulfillment_orders request WHERE request.order_id = orders.id) AS is_routed
              FROM orders LEFT JOIN lines ON lines.order_id = orders.id
             WHERE orders.management = 'MANAGED')
        SELECT found.number AS order, found.status, fault
          FROM found CROSS JOIN LATERAL (VALUES
            (status IN ('CANCELED', 'COMPLETED') AND open > 0, 'units are open'),
            (status IN ('DRAFT', 'EXPIRED', 'CANCELED', 'COMPLETED') AND promised > 0, 'units are promised'),
            (status NOT IN ('PROCESSING', 'ON_HOLD', 'COMPLETED') AND shipped > 0, 'units have shipped'),
            (status = 'ON_HOLD' AND NOT is_held, 'no hold is open'),
            (status IN ('PENDING', 'CONFIRMED', 'PROCESSING') AND is_held, 'a hold is open'),
            (status IN ('DRAFT', 'PENDING', 'CONFIRMED') AND is_routed, 'locations were asked'),
            (status = 'PROCESSING' AND NOT is_routed, 'no location was asked')
          ) AS fault (is_met, fault)
         WHERE is_met
         ORDER BY found.number, fault
        """,  # noqa: S608 - a constant of ours
    ),
    Law(
        "states.axes",
        "An order's fulfillment, payment and return status follow from its parts",
        "Derive them anew, as app/domain/order_axes.py does.",
        f"""
        WITH lines AS ({_LINES}),
        paying AS (
            SELECT order_id, sum(authorized_minor) FILTER (WHERE status = 'AUTHORIZED') AS held_minor,
                   bool_or(status = 'VOIDED') AS is_voided
              FROM payments GROUP BY order_id),
        coming_back AS (
            SELECT order_id, bool_or(status = 'REQUESTED') AS is_requested,
                   bool_or(status NOT IN ('REQUESTED', 'DECLINED', 'CANCELED', 'CLOSED')) AS is_under_way
              FROM returns GROUP BY order_id),
        derived AS (
            SELECT orders.number, orders.fulfillment_status, orders.payment_status, orders.return_status,
                   CASE WHEN coalesce(shipped, 0) = 0 THEN CASE
                            WHEN backordered > 0 THEN 'BACKORDERED'
                            ELSE 'UNFULFILLED' END
                        WHEN shipped < wanted THEN 'PARTIALLY_FULFILLED'
                        WHEN delivered = 0 THEN 'FULFILLED'
                        WHEN delivered < shipped THEN 'PARTIALLY_DELIVERED'
                        ELSE 'DELIVERED' END AS fulfillment_expected,
                   CASE WHEN paid_minor = 0 THEN CASE
                            WHEN held_minor > 0 AND held_minor >= total_minor THEN 'AUTHORIZED'
                            WHEN orders.status = 'CANCELED' AND is_voided THEN 'VOIDED'
                            ELSE 'NOT_PAID' END
                        WHEN refunded_minor = paid_minor THEN 'REFUNDED'
                        WHEN paid_minor - refunded_minor > total_minor - credited_minor THEN 'CREDIT_OWED'
                        WHEN paid_minor - refunded_minor < total_minor - credited_minor THEN CASE
                            WHEN EXISTS (SELECT FROM order_changes change WHERE change.order_id = orders.id
                                            AND change.kind IN ('EDIT', 'EXCHANGE')) THEN 'BALANCE_DUE'
                            ELSE 'PARTIALLY_PAID' END
                        WHEN refunded_minor > 0 THEN 'PARTIALLY_REFUNDED'
                        ELSE 'PAID' END AS payment_expected,
                   CASE WHEN is_under_way THEN 'IN_PROGRESS'
                        WHEN is_requested THEN 'REQUESTED'
                        WHEN coalesce(returned, 0) = 0 THEN 'NONE'
                        WHEN returned >= shipped THEN 'RETURNED'
                        ELSE 'PARTIALLY_RETURNED' END AS return_expected
              FROM orders
              LEFT JOIN lines ON lines.order_id = orders.id
              LEFT JOIN paying ON paying.order_id = orders.id
              LEFT JOIN coming_back ON coming_back.order_id = orders.id
             WHERE orders.management = 'MANAGED')
        SELECT derived.number AS order, axis, status, expected
          FROM derived CROSS JOIN LATERAL (VALUES
            ('fulfillment', fulfillment_status, fulfillment_expected),
            ('payment', payment_status, payment_expected),
            ('return', return_status, return_expected)
          ) AS axes (axis, status, expected)
         WHERE status <> expected
         ORDER BY derived.number, axis
        """,  # noqa: S608 - a constant of ours
    ),
    Law(
        "states.payments",
        "A payment is where its transactions and amounts allow it to be",
        "Compare with the gateway's own record of the payment, then correct the side that is wrong.",
        """
        WITH found AS (
            SELECT orders.number, payment.id, payment.status, payment.authorized_minor, payment.captured_minor,
                   payment.released_minor, payment.refunded_minor,
                   EXISTS (SELECT FROM payment_transactions asked WHERE asked.payment_id = payment.id
                              AND asked.status = 'SUCCESS' AND asked.kind IN ('AUTHORIZATION', 'SALE')) AS is_authorized
              FROM payments payment JOIN orders ON orders.id = payment.order_id
             WHERE orders.management = 'MANAGED')
        SELECT found.number AS order, found.id::text AS payment, found.status, fault
          FROM found CROSS JOIN LATERAL (VALUES
            (status NOT IN ('PENDING', 'DECLINED', 'ERROR', 'VOIDED') AND NOT is_authorized,
             'no authorization succeeded'),
            (status IN ('PENDING', 'DECLINED', 'ERROR') AND authorized_minor > 0, 'something is authorized'),
            (status IN ('PENDING', 'DECLINED', 'ERROR', 'AUTHORIZED', 'VOIDED', 'EXPIRED') AND captured_minor > 0,
             'something is captured'),
            (status IN ('PARTIALLY_CAPTURED', 'CAPTURED', 'PARTIALLY_REFUNDED', 'REFUNDED') AND captured_minor = 0,
             'nothing is captured'),
            (status = 'PARTIALLY_CAPTURED' AND captured_minor + released_minor >= authorized_minor, 'nothing is held'),
            (status = 'CAPTURED' AND captured_minor + released_minor < authorized_minor, 'something is held'),
            (status IN ('PARTIALLY_CAPTURED', 'CAPTURED') AND refunded_minor > 0, 'something is refunded'),
            (status = 'PARTIALLY_REFUNDED' AND refunded_minor = 0, 'nothing is refunded'),
            (status = 'REFUNDED' AND refunded_minor < captured_minor, 'not all is refunded')
          ) AS fault (is_met, fault)
         WHERE is_met
         ORDER BY found.number, payment, fault
        """,
    ),
    Law(
        "states.fulfillment",
        "A fulfillment order is where its units and holds allow it to be",
        _ADVICE,
        """
        WITH found AS (
            SELECT request.number, request.status, coalesce(lines.picked, 0) AS picked,
                   coalesce(lines.shipped, 0) AS shipped, coalesce(lines.unshipped, 0) AS unshipped,
                   EXISTS (SELECT FROM holds hold WHERE hold.fulfillment_order_id = request.id
                              AND hold.released_at IS NULL) AS is_held
              FROM fulfillment_orders request
              JOIN orders ON orders.id = request.order_id AND orders.management = 'MANAGED'
              LEFT JOIN (SELECT fulfillment_order_id, sum(picked) AS picked, sum(shipped) AS shipped,
                                sum(quantity - shipped) AS unshipped
                           FROM fulfillment_order_lines GROUP BY fulfillment_order_id) lines
                ON lines.fulfillment_order_id = request.id)
        SELECT found.number AS fulfillment_order, found.status, fault
          FROM found CROSS JOIN LATERAL (VALUES
            (status = 'CLOSED' AND unshipped > 0, 'units have not shipped'),
            (status IN ('OPEN', 'IN_PROGRESS') AND unshipped = 0, 'no unit is left'),
            (status IN ('SCHEDULED', 'OPEN', 'ON_HOLD', 'REJECTED') AND picked > 0, 'units are picked'),
            (status = 'CANCELED' AND shipped > 0, 'units have shipped'),
            (status = 'ON_HOLD' AND NOT is_held, 'no hold is open'),
            (status IN ('SCHEDULED', 'OPEN', 'IN_PROGRESS') AND is_held, 'a hold is open')
          ) AS fault (is_met, fault)
         WHERE is_met
         ORDER BY found.number, fault
        """,
    ),
    Law(
        "states.returns",
        "A return is where its units allow it to be",
        _ADVICE,
        """
        WITH found AS (
            SELECT returned.number, returned.status, coalesce(sum(line.quantity), 0) AS quantity,
                   coalesce(sum(line.received), 0) AS received, coalesce(sum(verdict.arrived), 0) AS arrived,
                   coalesce(sum(verdict.missing), 0) AS missing
              FROM returns returned
              JOIN orders ON orders.id = returned.order_id AND orders.management = 'MANAGED'
              LEFT JOIN return_lines line ON line.return_id = returned.id
              LEFT JOIN (SELECT return_line_id, sum(quantity) FILTER (WHERE disposition <> 'MISSING') AS arrived,
                                sum(quantity) FILTER (WHERE disposition = 'MISSING') AS missing
                           FROM return_dispositions GROUP BY return_line_id) verdict ON verdict.return_line_id = line.id
             GROUP BY returned.id)
        SELECT found.number AS return, found.status, fault
          FROM found CROSS JOIN LATERAL (VALUES
            (status IN ('REQUESTED', 'OPEN', 'IN_TRANSIT', 'DECLINED', 'CANCELED') AND received > 0,
             'units have arrived'),
            (status = 'PARTIALLY_RECEIVED' AND received = 0, 'no unit has arrived'),
            (status = 'PARTIALLY_RECEIVED' AND received = quantity, 'every unit has arrived'),
            (status = 'RECEIVED' AND received < quantity, 'units are awaited'),
            (status IN ('INSPECTED', 'CLOSED') AND (arrived < received OR received + missing < quantity),
             'units are without a verdict')
          ) AS fault (is_met, fault)
         WHERE is_met
         ORDER BY found.number, fault
        """,
    ),
    Law(
        "states.versions",
        "The version of an order or a return is the number of its events",
        "A change was made without its event, or told without being made: compare with its change ledger.",
        """
        SELECT kind, number, version, count(event.id) AS events
          FROM (SELECT 'Order' AS kind, id, number, version FROM orders WHERE management = 'MANAGED'
                 UNION ALL
                SELECT 'Return', returned.id, returned.number, returned.version
                  FROM returns returned
                  JOIN orders ON orders.id = returned.order_id AND orders.management = 'MANAGED') subject
          LEFT JOIN events event ON event.subject_id = subject.id
         GROUP BY kind, subject.id, number, version
        HAVING version <> count(event.id)
         ORDER BY kind, number
        """,
    ),
)
