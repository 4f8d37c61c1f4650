"""Stock is promised where it is: each position agrees with the carts, orders and fulfillment orders at its location."""

from app.stores.law import Law

STOCK_LAWS = (
    Law(
        "stock.reserved_places",
        "Units reserved at a position are what live carts and orders' reservations hold there",
        "Look at the position's RESERVE and RELEASE movements for the cart or order that has no reservation there.",
        """
        WITH promised AS (
            SELECT line.sku, line.location_id, sum(line.quantity) AS units
              FROM reservation_lines line JOIN reservations ON reservations.id = line.reservation_id
             WHERE line.order_line_id IS NOT NULL
                OR (reservations.released_at IS NULL AND reservations.order_id IS NULL)
             GROUP BY line.sku, line.location_id),
        held AS (
            SELECT product.sku, position.location_id, position.reserved AS units
              FROM inventory_positions position JOIN products product ON product.id = position.product_id)
        SELECT sku, location.key AS location, coalesce(held.units, 0) AS position,
               coalesce(promised.units, 0) AS reservations
          FROM held FULL JOIN promised USING (sku, location_id)
          LEFT JOIN locations location ON location.id = location_id
         WHERE coalesce(held.units, 0) <> coalesce(promised.units, 0)
         ORDER BY sku, location
        """,
    ),
    Law(
        "stock.reservations",
        "Units reserved on a managed order's line are those of its reservations",
        "The reservations say where the units are: compare them with the movements of the order.",
        """
        SELECT orders.number AS order, line.sku, line.reserved, coalesce(reservation.units, 0) AS reservations
          FROM order_lines line
          JOIN orders ON orders.id = line.order_id AND orders.management = 'MANAGED'
          LEFT JOIN (SELECT order_line_id, sum(quantity) AS units
                       FROM reservation_lines GROUP BY order_line_id) reservation ON reservation.order_line_id = line.id
         WHERE line.reserved <> coalesce(reservation.units, 0)
         ORDER BY orders.number, line.position
        """,
    ),
    Law(
        "stock.allocated_places",
        "Units allocated at a position are what fulfillment orders there have not shipped yet",
        "Look at the position's ALLOCATE, DEALLOCATE and SHIP movements for the order that is not asked for there.",
        """
        WITH promised AS (
            SELECT order_line.sku, request.location_id, sum(line.quantity - line.shipped) AS units
              FROM fulfillment_order_lines line
              JOIN fulfillment_orders request ON request.id = line.fulfillment_order_id
              JOIN order_lines order_line ON order_line.id = line.order_line_id
              JOIN orders ON orders.id = request.order_id AND orders.management = 'MANAGED'
             WHERE request.status IN ('SCHEDULED', 'OPEN', 'ON_HOLD', 'IN_PROGRESS')
             GROUP BY order_line.sku, request.location_id),
        held AS (
            SELECT product.sku, position.location_id, position.allocated AS units
              FROM inventory_positions position JOIN products product ON product.id = position.product_id)
        SELECT sku, location.key AS location, coalesce(held.units, 0) AS position,
               coalesce(promised.units, 0) AS fulfillment_orders
          FROM held FULL JOIN promised USING (sku, location_id)
          LEFT JOIN locations location ON location.id = location_id
         WHERE coalesce(held.units, 0) <> coalesce(promised.units, 0)
         ORDER BY sku, location
        """,
    ),
)
