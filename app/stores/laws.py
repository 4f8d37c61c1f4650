"""What the store must always satisfy, each as a query for the rows that break it: the sums, then the states.

Imported orders (UNMANAGED) promise no stock here, and may know what was paid without knowing by which payment.
"""

from app.stores.law import Law
from app.stores.state_laws import STATE_LAWS
from app.stores.stock_laws import STOCK_LAWS

_RECOUNT = "Count the stock of these SKUs and post an adjustment; the movements tell when the counter went astray."
_PAYMENT_LOOKUP = "Compare with the gateway's own record of the payment, then correct the side that is wrong."

LAWS = (
    Law(
        "stock.movements",
        "On hand, reserved and allocated of a position are the sums of its movements",
        _RECOUNT,
        """
        SELECT product.sku, location.key AS location,
               position.on_hand, coalesce(moved.on_hand, 0) AS on_hand_moved,
               position.reserved, coalesce(moved.reserved, 0) AS reserved_moved,
               position.allocated, coalesce(moved.allocated, 0) AS allocated_moved
          FROM inventory_positions position
          JOIN products product ON product.id = position.product_id
          JOIN locations location ON location.id = position.location_id
          LEFT JOIN (SELECT position_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved,
                            sum(allocated_delta) AS allocated
                       FROM inventory_movements GROUP BY position_id) moved ON moved.position_id = position.id
         WHERE position.on_hand <> coalesce(moved.on_hand, 0)
            OR position.reserved <> coalesce(moved.reserved, 0)
            OR position.allocated <> coalesce(moved.allocated, 0)
         ORDER BY sku, location
        """,
    ),
    Law(
        "stock.allocated",
        "Units allocated over all locations are those allocated or in fulfillment on managed orders",
        "Look for an order of the SKU that was canceled or shipped without its stock movement.",
        """
        WITH promised AS (
            SELECT line.sku, sum(line.allocated + line.in_fulfillment) AS units
              FROM order_lines line JOIN orders ON orders.id = line.order_id
             WHERE orders.management = 'MANAGED' GROUP BY line.sku),
        held AS (
            SELECT product.sku, sum(position.allocated) AS units
              FROM inventory_positions position JOIN products product ON product.id = position.product_id
             GROUP BY product.sku)
        SELECT sku, coalesce(held.units, 0) AS positions, coalesce(promised.units, 0) AS order_lines
          FROM held FULL JOIN promised USING (sku)
         WHERE coalesce(held.units, 0) <> coalesce(promised.units, 0)
         ORDER BY sku
        """,
    ),
    Law(
        "stock.reserved",
        "Units reserved over all locations are those reserved on managed orders and for carts",
        "Look for a cart or an order of the SKU that let go of its units without a RELEASE movement.",
        """
        WITH promised AS (
            SELECT sku, sum(units) AS units FROM (
                SELECT line.sku, line.reserved AS units
                  FROM order_lines line JOIN orders ON orders.id = line.order_id
                 WHERE orders.management = 'MANAGED'
                 UNION ALL
                SELECT line.sku, line.quantity
                  FROM reservation_lines line JOIN reservations ON reservations.id = line.reservation_id
                 WHERE reservations.released_at IS NULL AND reservations.order_id IS NULL) promise
             GROUP BY sku),
        held AS (
            SELECT product.sku, sum(position.reserved) AS units
              FROM inventory_positions position JOIN products product ON product.id = position.product_id
             GROUP BY product.sku)
        SELECT sku, coalesce(held.units, 0) AS positions, coalesce(promised.units, 0) AS orders_and_carts
          FROM held FULL JOIN promised USING (sku)
         WHERE coalesce(held.units, 0) <> coalesce(promised.units, 0)
         ORDER BY sku
        """,
    ),
    *STOCK_LAWS,
    Law(
        "units.shipped",
        "Shipped units of a line are those in parcels that left, and are not lost",
        "Look for a parcel that was labeled, called off, lost or found without its units being counted.",
        """
        SELECT orders.number AS order, line.sku, line.shipped, coalesce(gone.units, 0) AS in_parcels
          FROM order_lines line
          JOIN orders ON orders.id = line.order_id
          LEFT JOIN (SELECT part.order_line_id, sum(part.quantity) AS units
                       FROM shipment_lines part JOIN shipments parcel ON parcel.id = part.shipment_id
                      WHERE parcel.fulfillment_order_id IS NOT NULL AND parcel.given_up_at IS NULL
                        AND parcel.status NOT IN ('CREATED', 'CANCELED')
                      GROUP BY part.order_line_id) gone ON gone.order_line_id = line.id
         WHERE orders.management = 'MANAGED' AND line.shipped <> coalesce(gone.units, 0)
         ORDER BY orders.number, line.position
        """,
    ),
    Law(
        "money.lines",
        "A line's total is unit price × units now ordered - discount + tax",
        "Recompute the line from its change ledger.",
        """
        SELECT orders.number AS order, line.sku, line.total_minor,
               line.unit_price_minor * (line.ordered - line.canceled) - line.discount_minor + line.tax_minor AS expected
          FROM order_lines line JOIN orders ON orders.id = line.order_id
         WHERE line.total_minor
               <> line.unit_price_minor * (line.ordered - line.canceled) - line.discount_minor + line.tax_minor
         ORDER BY orders.number, line.position
        """,
    ),
    Law(
        "money.totals",
        "An order's subtotal is the sum of unit price × units now ordered over its lines",
        "Recompute the order from its lines.",
        """
        SELECT orders.number AS order, orders.subtotal_minor, coalesce(lines.subtotal, 0) AS lines_minor
          FROM orders
          LEFT JOIN (SELECT order_id, sum(unit_price_minor * (ordered - canceled)) AS subtotal
                       FROM order_lines GROUP BY order_id) lines ON lines.order_id = orders.id
         WHERE orders.subtotal_minor <> coalesce(lines.subtotal, 0)
         ORDER BY orders.number
        """,
    ),
    Law(
        "money.ledger",
        "An order's total is the sum of its changes",
        "The ledger is the truth: find the change that was not applied, or applied without an entry.",
        """
        SELECT orders.number AS order, orders.total_minor, ledger.amount AS ledger_minor
          FROM orders
          JOIN (SELECT order_id, sum(amount_minor) AS amount FROM order_changes GROUP BY order_id) ledger
            ON ledger.order_id = orders.id
         WHERE orders.total_minor <> ledger.amount
         ORDER BY orders.number
        """,
    ),
    Law(
        "money.paid",
        "Paid and refunded of a managed order are the sums over its payments",
        _PAYMENT_LOOKUP,
        """
        SELECT orders.number AS order, orders.paid_minor, coalesce(payment.captured, 0) AS captured_minor,
               orders.refunded_minor, coalesce(payment.refunded, 0) AS payments_refunded_minor
          FROM orders
          LEFT JOIN (SELECT order_id, sum(captured_minor) AS captured, sum(refunded_minor) AS refunded
                       FROM payments GROUP BY order_id) payment ON payment.order_id = orders.id
         WHERE orders.management = 'MANAGED'
           AND (orders.paid_minor <> coalesce(payment.captured, 0)
                OR orders.refunded_minor <> coalesce(payment.refunded, 0))
         ORDER BY orders.number
        """,
    ),
    Law(
        "money.credited",
        "Credited of an order is what its closed returns were worth, less fees",
        _PAYMENT_LOOKUP,
        """
        SELECT orders.number AS order, orders.credited_minor, coalesce(closed.worth, 0) AS returns_minor
          FROM orders
          LEFT JOIN (SELECT order_id, sum(refund_minor - fees_minor) AS worth
                       FROM returns WHERE status = 'CLOSED' GROUP BY order_id) closed ON closed.order_id = orders.id
         WHERE orders.credited_minor <> coalesce(closed.worth, 0)
         ORDER BY orders.number
        """,
    ),
    Law(
        "money.transactions",
        "Captured and refunded of a payment are the sums of its successful transactions",
        _PAYMENT_LOOKUP,
        """
        SELECT orders.number AS order, payment.id::text AS payment,
               payment.captured_minor, coalesce(settled.captured, 0) AS captures_minor,
               payment.refunded_minor, coalesce(settled.refunded, 0) AS refunds_minor
          FROM payments payment
          JOIN orders ON orders.id = payment.order_id
          LEFT JOIN (SELECT payment_id,
                            sum(amount_minor) FILTER (WHERE kind IN ('CAPTURE', 'SALE')) AS captured,
                            sum(amount_minor) FILTER (WHERE kind IN ('REFUND', 'CHARGEBACK')) AS refunded
                       FROM payment_transactions WHERE status = 'SUCCESS' GROUP BY payment_id) settled
            ON settled.payment_id = payment.id
         WHERE payment.captured_minor <> coalesce(settled.captured, 0)
            OR payment.refunded_minor <> coalesce(settled.refunded, 0)
         ORDER BY orders.number
        """,
    ),
    Law(
        "money.refund_parts",
        "What a refund is for sums up to its amount",
        "Compare with the return or the wish behind the refund, then add the part that is missing.",
        """
        SELECT orders.number AS order, refund.id::text AS refund, refund.amount_minor,
               coalesce(part.amount_minor, 0) AS parts_minor
          FROM payment_transactions refund
          JOIN payments payment ON payment.id = refund.payment_id
          JOIN orders ON orders.id = payment.order_id
          LEFT JOIN (SELECT transaction_id, sum(amount_minor) AS amount_minor
                       FROM refund_parts GROUP BY transaction_id) part ON part.transaction_id = refund.id
         WHERE refund.kind = 'REFUND' AND orders.management = 'MANAGED'
           AND refund.amount_minor <> coalesce(part.amount_minor, 0)
         ORDER BY orders.number, refund.id
        """,
    ),
    Law(
        "money.refund_parts_worth",
        "Refunds give back no more for a line, for its tax or for shipping than closed returns have credited",
        "See which return was refunded twice; what was paid out beyond it is for somebody to ask back, or to let go.",
        """
        WITH given AS (
            SELECT payment.order_id, part.order_line_id, part.component, sum(part.amount_minor) AS amount_minor
              FROM refund_parts part
              JOIN payment_transactions refund ON refund.id = part.transaction_id AND refund.status <> 'FAILURE'
              JOIN payments payment ON payment.id = refund.payment_id
             WHERE part.component <> 'ADJUSTMENT'
             GROUP BY payment.order_id, part.order_line_id, part.component),
        credited AS (
            SELECT line.order_line_id, sum(line.item_minor) AS item_minor, sum(line.tax_minor) AS tax_minor
              FROM return_lines line JOIN returns ON returns.id = line.return_id AND returns.status = 'CLOSED'
             GROUP BY line.order_line_id),
        shipping AS (
            SELECT order_id, sum(shipping_minor) AS shipping_minor FROM returns WHERE status = 'CLOSED'
             GROUP BY order_id)
        SELECT orders.number AS order, order_line.sku, given.component, given.amount_minor,
               coalesce(worth.minor, 0) AS credited_minor
          FROM given
          JOIN orders ON orders.id = given.order_id
          LEFT JOIN order_lines order_line ON order_line.id = given.order_line_id
          LEFT JOIN credited ON credited.order_line_id = given.order_line_id
          LEFT JOIN shipping ON shipping.order_id = given.order_id
         CROSS JOIN LATERAL (SELECT CASE given.component WHEN 'ITEM' THEN credited.item_minor
                                                         WHEN 'TAX' THEN credited.tax_minor
                                                         ELSE shipping.shipping_minor END AS minor) worth
         WHERE given.amount_minor > coalesce(worth.minor, 0)
         ORDER BY orders.number, order_line.sku, given.component
        """,
    ),
    Law(
        "returns.credited",
        "Returns that are closed credit no line with more than it cost",
        "Look for a return that was closed twice, or for a discount given on units that were back already.",
        """
        SELECT orders.number AS order, order_line.sku, order_line.total_minor,
               sum(line.item_minor + line.tax_minor) AS credited_minor
          FROM return_lines line
          JOIN returns ON returns.id = line.return_id AND returns.status = 'CLOSED'
          JOIN order_lines order_line ON order_line.id = line.order_line_id
          JOIN orders ON orders.id = order_line.order_id
         GROUP BY orders.number, order_line.id
        HAVING sum(line.item_minor + line.tax_minor) > order_line.total_minor
         ORDER BY orders.number, order_line.sku
        """,
    ),
    Law(
        "returns.worth",
        "A return's refund is what its lines and the shipping with them are worth",
        "Add its lines up anew.",
        """
        SELECT returns.number AS return, returns.refund_minor, returns.shipping_minor,
               coalesce(sum(line.item_minor + line.tax_minor), 0) AS lines_minor
          FROM returns
          JOIN orders ON orders.id = returns.order_id AND orders.management = 'MANAGED'
          LEFT JOIN return_lines line ON line.return_id = returns.id
         GROUP BY returns.id
        HAVING returns.refund_minor <> returns.shipping_minor + coalesce(sum(line.item_minor + line.tax_minor), 0)
         ORDER BY returns.number
        """,
    ),
    Law(
        "money.currency",
        "Lines, payments and changes are in the currency of their order",
        "Correct the currency at its source: amounts of two currencies cannot be added.",
        """
        SELECT orders.number AS order, orders.currency, part.kind, part.currency AS part_currency
          FROM orders
          JOIN (SELECT order_id, 'line' AS kind, currency FROM order_lines
                 UNION SELECT order_id, 'payment', currency FROM payments
                 UNION SELECT order_id, 'change', currency FROM order_changes) part ON part.order_id = orders.id
         WHERE part.currency <> orders.currency
         ORDER BY orders.number, part.kind
        """,
    ),
    Law(
        "returns.dispositions",
        "Of a return line no more units are disposed of than were received, nor with missing ones than were asked for",
        "Look for an inspection that was recorded twice, then count what is there.",
        """
        SELECT returns.number AS return, order_line.sku, line.quantity, line.received, found.disposed_of, found.missing
          FROM return_lines line
          JOIN returns ON returns.id = line.return_id
          JOIN order_lines order_line ON order_line.id = line.order_line_id
          JOIN (SELECT return_line_id,
                       coalesce(sum(quantity) FILTER (WHERE disposition <> 'MISSING'), 0) AS disposed_of,
                       coalesce(sum(quantity) FILTER (WHERE disposition = 'MISSING'), 0) AS missing
                  FROM return_dispositions GROUP BY return_line_id) found ON found.return_line_id = line.id
         WHERE found.disposed_of > line.received OR found.disposed_of + found.missing > line.quantity
         ORDER BY returns.number, order_line.sku
        """,
    ),
    Law(
        "events.sequence",
        "The events of a subject count from 1 without gaps",
        "An event is missing: whoever follows the subject has missed it too. Compare with its change ledger.",
        """
        SELECT subject_type AS subject, subject_id::text AS id, count(*) AS events, max(sequence) AS last_sequence
          FROM events GROUP BY subject_type, subject_id
        HAVING max(sequence) <> count(*)
         ORDER BY subject_type, subject_id
        """,
    ),
    Law(
        "crosswalk.orphans",
        "Every customer that was not merged away has a source record",
        "Link the customer to the record that it came from, or merge it into the one it belongs to.",
        """
        SELECT customer.number AS customer, customer.display_name
          FROM customers customer
         WHERE customer.merged_into_id IS NULL
           AND NOT EXISTS (SELECT FROM customer_source_records record WHERE record.customer_id = customer.id)
         ORDER BY customer.number
        """,
    ),
    Law(
        "crosswalk.survivors",
        "Merged customers point at a living one, and have handed over all their source records",
        "Point the customer at the last survivor of the chain, and its records with it.",
        """
        SELECT customer.number AS customer, survivor.number AS merged_into,
               survivor.merged_into_id IS NOT NULL AS survivor_is_merged, count(record.id) AS records_left
          FROM customers customer
          JOIN customers survivor ON survivor.id = customer.merged_into_id
          LEFT JOIN customer_source_records record ON record.customer_id = customer.id
         GROUP BY customer.number, survivor.number, survivor.merged_into_id
        HAVING survivor.merged_into_id IS NOT NULL OR count(record.id) > 0
         ORDER BY customer.number
        """,
    ),
    Law(
        "crosswalk.duplicates",
        "No two source records are one record whose id is spelled with blanks around it",
        "Keep the record that was observed last and delete the other.",
        """
        SELECT source_key AS source, btrim(external_id) AS external_id, count(*) AS records
          FROM customer_source_records GROUP BY source_key, btrim(external_id)
        HAVING count(*) > 1
         ORDER BY source_key, 2
        """,
    ),
    *STATE_LAWS,
)
