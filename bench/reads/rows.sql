-- The rows that reads are measured on, the same at every run. `bench.scale` multiplies customers, orders and lines.
-- One customer in five is frequent, with 12 orders; the others have 3 or 4. The oldest customers are the frequent ones.
-- Ledgers that no operation reads (payments, movements, changes) stay empty.

SELECT setseed(0.42);

CREATE FUNCTION pg_temp.scaled(count int) RETURNS int LANGUAGE sql AS
    $$ SELECT (count * current_setting('bench.scale')::numeric)::int $$;

-- In order of time within a kind of row, as UUIDv7 are.
CREATE FUNCTION pg_temp.key(kind int, n bigint) RETURNS uuid IMMUTABLE LANGUAGE sql AS
    $$ SELECT ('0190000' || kind || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid $$;

INSERT INTO sources (key, name, kind) VALUES ('salesforce', 'Salesforce', 'CRM');

INSERT INTO locations (id, key, name, kind)
SELECT pg_temp.key(1, n), 'L' || n, 'Warehouse ' || n, 'WAREHOUSE' FROM generate_series(1, 5) n;

INSERT INTO products (id, sku, title, price_minor, currency)
SELECT pg_temp.key(2, n), 'SKU-' || lpad(n::text, 6, '0'), 'Jacket “' || left(md5(n::text), 12) || '”, size ' || n % 60,
       100 + (random() * 20000)::int, 'USD'
FROM generate_series(1, 2000) n;

INSERT INTO inventory_positions (id, product_id, location_id, on_hand, reserved)
SELECT pg_temp.key(3, product * 5 + location), pg_temp.key(2, product), pg_temp.key(1, location),
       50 + (random() * 500)::int, (random() * 50)::int
FROM generate_series(1, 2000) product, generate_series(1, 5) location;

INSERT INTO customers (id, number, kind, display_name, given_name, family_name, email, phone, emails, phones, addresses,
                       tags, created_at, updated_at)
SELECT pg_temp.key(4, n), 'C' || lpad(n::text, 8, '0'), 'PERSON', given || ' ' || family, given, family, email, phone,
       ARRAY[email], array_remove(ARRAY[phone], NULL),
       jsonb_build_array(jsonb_build_object('line1', n || ' Main St', 'city', 'City ' || n % 300, 'country', 'US')),
       CASE n % 3 WHEN 0 THEN ARRAY['vip', 'newsletter'] WHEN 1 THEN ARRAY['newsletter'] ELSE '{}' END, at, at
FROM (
    SELECT n, 'customer' || n || '@example.com' AS email,
           CASE WHEN n % 7 <> 0 THEN '+1555' || lpad(n::text, 7, '0') END AS phone,
           (ARRAY['Ana', 'Björn', 'Chloé', 'Dmitri', 'Ewa', 'Fatima', 'Goran', 'Hana'])[1 + floor(random() * 8)] AS given,
           (ARRAY['Smith', 'Müller', 'O''Neil', 'García', 'Sato', 'Dubois "D"'])[1 + floor(random() * 6)] AS family,
           timestamptz '2020-01-01 00:00:00+00' + n * interval '1 minute' AS at
    FROM generate_series(1, pg_temp.scaled(20000)) n
) drawn;

INSERT INTO customer_source_records (id, customer_id, source_key, external_id, profile, linked_at, linked_by, confidence,
                                     observed_at)
SELECT pg_temp.key(5, n), pg_temp.key(4, n), 'salesforce', '003' || lpad(n::text, 12, '0'), '{}', '2024-01-01', 'email', 1,
       '2024-01-01'
FROM generate_series(1, pg_temp.scaled(20000)) n;

-- An order's total is the sum of its lines, so the lines are drawn first.
CREATE TEMPORARY TABLE drawn_lines ON COMMIT DROP AS
SELECT n, position, product, quantity, 100 + product * 7 AS price_minor
FROM (
    SELECT n, position, 1 + floor(random() * 2000)::int AS product, 1 + floor(random() * 4)::int AS quantity
    FROM generate_series(1, pg_temp.scaled(100000)) n, generate_series(1, 3) position
) drawn;

CREATE TEMPORARY TABLE drawn_orders ON COMMIT DROP AS
SELECT n, customer, (ARRAY['USD', 'USD', 'EUR', 'JPY'])[1 + customer % 4] AS currency, has_return,
       CASE WHEN has_return OR random() < 0.6 THEN 'COMPLETED' WHEN random() < 0.6 THEN 'PROCESSING' ELSE 'CONFIRMED' END
           AS status,
       timestamptz '2023-01-01 00:00:00+00' + floor(random() * 700 * 86400) * interval '1 second' AS placed_at
FROM (
    SELECT n, (n / pg_temp.scaled(4000) + n) % 12 = 0 AS has_return,
           CASE WHEN n <= pg_temp.scaled(48000) THEN 1 + (n - 1) % pg_temp.scaled(4000)
                ELSE pg_temp.scaled(4000) + 1 + (n - 1) % pg_temp.scaled(16000) END AS customer
    FROM generate_series(1, pg_temp.scaled(100000)) n
) numbered;

INSERT INTO orders (id, number, management, status, fulfillment_status, payment_status, return_status, channel, customer_id,
                    contact_name, contact_email, currency, subtotal_minor, shipping_minor, tax_minor, total_minor,
                    paid_minor, placed_at, updated_at, completed_at)
SELECT pg_temp.key(6, n), lpad(n::text, 8, '0'), 'MANAGED', status,
       CASE status WHEN 'COMPLETED' THEN 'DELIVERED' WHEN 'PROCESSING' THEN 'FULFILLED' ELSE 'UNFULFILLED' END, 'PAID',
       CASE WHEN has_return THEN 'IN_PROGRESS' ELSE 'NONE' END, (ARRAY['web', 'store', 'phone'])[1 + n % 3],
       pg_temp.key(4, customer), 'Customer ' || customer, 'customer' || customer || '@example.com', currency, subtotal, 500,
       subtotal / 12, subtotal + 500 + subtotal / 12, subtotal + 500 + subtotal / 12, placed_at, placed_at,
       CASE status WHEN 'COMPLETED' THEN placed_at + interval '9 days' END
FROM drawn_orders JOIN (SELECT n, sum(quantity * price_minor) AS subtotal FROM drawn_lines GROUP BY n) sums USING (n)
ORDER BY n;

INSERT INTO order_lines (id, order_id, position, product_id, sku, title, currency, unit_price_minor, total_minor, ordered,
                         shipped, delivered)
SELECT pg_temp.key(7, n * 3 + position), pg_temp.key(6, n), position, pg_temp.key(2, product), sku, title,
       drawn_orders.currency, drawn_lines.price_minor, quantity * drawn_lines.price_minor, quantity,
       CASE WHEN status <> 'CONFIRMED' THEN quantity ELSE 0 END, CASE status WHEN 'COMPLETED' THEN quantity ELSE 0 END
FROM drawn_lines JOIN drawn_orders USING (n) JOIN products ON products.id = pg_temp.key(2, product)
ORDER BY n, position;

INSERT INTO shipments (id, number, status, order_id, customer_id, service, tracking_number, created_at, shipped_at,
                       delivered_at)
SELECT pg_temp.key(8, n), 'P' || lpad(n::text, 8, '0'),
       CASE status WHEN 'COMPLETED' THEN 'DELIVERED' WHEN 'PROCESSING' THEN 'IN_TRANSIT' ELSE 'LABEL_PURCHASED' END,
       pg_temp.key(6, n), pg_temp.key(4, customer), 'ground', '1Z' || upper(left(md5(n::text), 16)),
       placed_at + interval '1 hour', CASE WHEN status <> 'CONFIRMED' THEN placed_at + interval '1 day' END,
       CASE status WHEN 'COMPLETED' THEN placed_at + interval '4 days' END
FROM drawn_orders ORDER BY n;

INSERT INTO returns (id, number, status, order_id, customer_id, currency, requested_at, closed_at)
SELECT pg_temp.key(9, n), 'R' || lpad(n::text, 8, '0'), CASE n % 2 WHEN 0 THEN 'REQUESTED' ELSE 'CLOSED' END,
       pg_temp.key(6, n), pg_temp.key(4, customer), currency, placed_at + interval '6 days',
       CASE n % 2 WHEN 1 THEN placed_at + interval '20 days' END
FROM drawn_orders WHERE has_return ORDER BY n;
