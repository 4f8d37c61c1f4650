-- What orders are placed on: 1,000 products and those of two special ones, all at two locations; 1,000 customers.

INSERT INTO locations (id, key, name, kind, address, latitude, longitude)
VALUES (gen_random_uuid(), 'east', 'East', 'WAREHOUSE', '{"line1": "1 Dock Rd", "city": "Newark", "country": "US"}', 40.7, -74.2),
       (gen_random_uuid(), 'west', 'West', 'WAREHOUSE', '{"line1": "1 Dock Rd", "city": "Reno", "country": "US"}', 39.5, -119.8);

INSERT INTO products (id, sku, title, price_minor, currency)
SELECT gen_random_uuid(), sku, 'Jacket ' || sku, 1990, 'USD'
  FROM (SELECT 'SKU-' || lpad(n::text, 4, '0') FROM generate_series(1, 1000) n UNION ALL VALUES ('HOT'), ('LAST')) each (sku);

INSERT INTO inventory_positions (id, product_id, location_id, on_hand)
SELECT gen_random_uuid(), product.id, location.id, CASE sku WHEN 'LAST' THEN 25 ELSE 100000000 END
  FROM products product, locations location;

INSERT INTO inventory_movements (position_id, kind, quantity, on_hand_delta, actor_kind, actor_id)
SELECT id, 'RECEIPT', on_hand, on_hand, 'SYSTEM', 'bench' FROM inventory_positions;

INSERT INTO customers (id, number, kind, display_name, given_name, family_name, email, emails)
SELECT gen_random_uuid(), 'C' || lpad(n::text, 8, '0'), 'PERSON', 'Ana Smith', 'Ana', 'Smith',
       'customer' || n || '@example.com', ARRAY['customer' || n || '@example.com']
  FROM generate_series(1, 1000) n;

INSERT INTO sources (key, name, kind) VALUES ('crm', 'CRM', 'CRM');

INSERT INTO customer_source_records (id, customer_id, source_key, external_id, profile, linked_at, linked_by, confidence,
                                     observed_at)
SELECT gen_random_uuid(), id, 'crm', number, '{}', '2026-01-01', 'email', 1, '2026-01-01' FROM customers;
