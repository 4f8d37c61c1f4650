"""The smallest store that breaks no law and has something of everything that laws speak of."""

# One customer with one order of three lamps, of which one is shipped, one in fulfillment and one reserved; one more is
# reserved for a cart. The one shipped came back broken. Ids are short of meaning on purpose: the laws name rows by what
# people call them.
SOUND = """
INSERT INTO sources (key, name, kind) VALUES ('junction', 'Junction', 'INTERNAL'), ('bank', 'Bank', 'PAYMENT');
INSERT INTO products (id, sku, title) VALUES ('00000000-0000-0000-0000-000000000001', 'LAMP', 'Lamp');
INSERT INTO locations (id, key, name, kind)
VALUES ('00000000-0000-0000-0000-000000000002', 'east', 'East', 'WAREHOUSE');
INSERT INTO inventory_positions (id, product_id, location_id, on_hand, reserved, allocated)
VALUES ('00000000-0000-0000-0000-000000000003', '00000000-0000-0000-0000-000000000001',
        '00000000-0000-0000-0000-000000000002', 9, 2, 1);
INSERT INTO inventory_movements
       (position_id, kind, quantity, on_hand_delta, reserved_delta, allocated_delta, actor_kind, actor_id)
VALUES ('00000000-0000-0000-0000-000000000003', 'RECEIPT', 10, 10, 0, 0, 'SYSTEM', 'test'),
       ('00000000-0000-0000-0000-000000000003', 'RESERVE', 4, 0, 4, 0, 'SYSTEM', 'test'),
       ('00000000-0000-0000-0000-000000000003', 'ALLOCATE', 2, 0, -2, 2, 'SYSTEM', 'test'),
       ('00000000-0000-0000-0000-000000000003', 'SHIP', -1, -1, 0, -1, 'SYSTEM', 'test');
INSERT INTO customers (id, number, kind, display_name)
VALUES ('00000000-0000-0000-0000-000000000004', 'C1', 'PERSON', 'Grace');
INSERT INTO customer_source_records
       (customer_id, source_key, external_id, profile, linked_by, confidence, observed_at)
VALUES ('00000000-0000-0000-0000-000000000004', 'junction', 'C1', '{}', 'test', 1, now());
INSERT INTO orders (id, version, number, management, status, fulfillment_status, payment_status, return_status, channel,
                    customer_id, currency, subtotal_minor, shipping_minor, tax_minor, total_minor, paid_minor,
                    placed_at)
VALUES ('00000000-0000-0000-0000-000000000005', 2, '1', 'MANAGED', 'PROCESSING', 'PARTIALLY_FULFILLED', 'PAID',
        'IN_PROGRESS', 'web', '00000000-0000-0000-0000-000000000004', 'USD', 3000, 500, 200, 3700, 3700, now());
INSERT INTO order_lines (id, order_id, position, sku, title, currency, unit_price_minor, tax_minor, total_minor,
                         ordered, reserved, in_fulfillment, shipped, returned)
VALUES ('00000000-0000-0000-0000-000000000006', '00000000-0000-0000-0000-000000000005', 1, 'LAMP', 'Lamp', 'USD',
        1000, 200, 3200, 3, 1, 1, 1, 1);
INSERT INTO fulfillment_orders (id, number, status, order_id, location_id)
VALUES ('00000000-0000-0000-0000-000000000012', '1-F1', 'IN_PROGRESS', '00000000-0000-0000-0000-000000000005',
        '00000000-0000-0000-0000-000000000002');
INSERT INTO fulfillment_order_lines (fulfillment_order_id, order_line_id, quantity, picked, packed, shipped)
VALUES ('00000000-0000-0000-0000-000000000012', '00000000-0000-0000-0000-000000000006', 2, 1, 1, 1);
INSERT INTO shipments (id, number, status, order_id, fulfillment_order_id)
VALUES ('00000000-0000-0000-0000-000000000014', '1-S1', 'LABEL_PURCHASED', '00000000-0000-0000-0000-000000000005',
        '00000000-0000-0000-0000-000000000012');
INSERT INTO shipment_lines (shipment_id, order_line_id, quantity)
VALUES ('00000000-0000-0000-0000-000000000014', '00000000-0000-0000-0000-000000000006', 1);
INSERT INTO order_changes (order_id, kind, amount_minor, currency, actor_kind, actor_id)
VALUES ('00000000-0000-0000-0000-000000000005', 'PLACE', 3700, 'USD', 'SYSTEM', 'test');
INSERT INTO payments (id, order_id, status, gateway_key, method, currency, amount_minor, authorized_minor,
                      captured_minor)
VALUES ('00000000-0000-0000-0000-000000000007', '00000000-0000-0000-0000-000000000005', 'CAPTURED', 'bank', 'card',
        'USD', 3700, 3700, 3700);
INSERT INTO payment_transactions (payment_id, kind, status, amount_minor, currency)
VALUES ('00000000-0000-0000-0000-000000000007', 'AUTHORIZATION', 'SUCCESS', 3700, 'USD'),
       ('00000000-0000-0000-0000-000000000007', 'CAPTURE', 'FAILURE', 3700, 'USD'),
       ('00000000-0000-0000-0000-000000000007', 'CAPTURE', 'SUCCESS', 3700, 'USD');
INSERT INTO reservations (id, order_id)
VALUES ('00000000-0000-0000-0000-000000000008', NULL),
       ('00000000-0000-0000-0000-000000000013', '00000000-0000-0000-0000-000000000005');
INSERT INTO reservation_lines (reservation_id, sku, quantity, location_id, order_line_id)
VALUES ('00000000-0000-0000-0000-000000000008', 'LAMP', 1, '00000000-0000-0000-0000-000000000002', NULL),
       ('00000000-0000-0000-0000-000000000013', 'LAMP', 1, '00000000-0000-0000-0000-000000000002',
        '00000000-0000-0000-0000-000000000006');
INSERT INTO returns (id, number, status, order_id, customer_id, currency)
VALUES ('00000000-0000-0000-0000-000000000010', '1-R1', 'INSPECTED', '00000000-0000-0000-0000-000000000005',
        '00000000-0000-0000-0000-000000000004', 'USD');
INSERT INTO return_lines (id, return_id, order_line_id, quantity, reason, received)
VALUES ('00000000-0000-0000-0000-000000000011', '00000000-0000-0000-0000-000000000010',
        '00000000-0000-0000-0000-000000000006', 1, 'DEFECTIVE', 1);
INSERT INTO return_dispositions (return_line_id, disposition, quantity)
VALUES ('00000000-0000-0000-0000-000000000011', 'SCRAP', 1);
INSERT INTO events (type, subject_type, subject_id, sequence, data, actor_kind, actor_id)
VALUES ('order.placed', 'Order', '00000000-0000-0000-0000-000000000005', 1, '{}', 'SYSTEM', 'test'),
       ('order.confirmed', 'Order', '00000000-0000-0000-0000-000000000005', 2, '{}', 'SYSTEM', 'test'),
       ('return.opened', 'Return', '00000000-0000-0000-0000-000000000010', 1, '{}', 'SYSTEM', 'test')
"""
