// Hand-written SQL, one statement for each level of the answer, each a named prepared statement.

import pg from 'pg'

const TIMESTAMPTZ = 1184
const TEXT_ARRAY = 1009
const DIGITS = { JPY: 0 }

// The cheapest way from Postgres' notation (UTC, whole seconds) to that of the answer: no Date is made.
pg.types.setTypeParser(TIMESTAMPTZ, (text) => `${text.slice(0, 10)}T${text.slice(11)}:00`)
const parseArray = pg.types.getTypeParser(TEXT_ARRAY)
pg.types.setTypeParser(TEXT_ARRAY, (text) => (text === '{}' ? [] : parseArray(text)))

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, options: '-c timezone=UTC -c jit=off' })

async function rows (name, text, values) {
  const result = await pool.query({ name, text, values })
  return result.rows
}

const CUSTOMER = 'id, number, display_name AS "displayName", kind, email, phone, tags, created_at AS "createdAt"'
const ORDER = 'o.id, o.customer_id, o.number, o.status, o.placed_at AS "placedAt", o.currency, o.total_minor'

export async function customer (number) {
  const found = await rows('customer', `SELECT ${CUSTOMER} FROM customers WHERE number = $1`, [number])
  return found[0]
}

export function customers (first, after) {
  if (after === null) {
    const text = `SELECT ${CUSTOMER} FROM customers WHERE merged_into_id IS NULL ORDER BY created_at, id LIMIT $1`
    return rows('customers', text, [first])
  }
  const text = `SELECT ${CUSTOMER} FROM customers WHERE merged_into_id IS NULL AND (created_at, id) > ($2, $3)
    ORDER BY created_at, id LIMIT $1`
  return rows('customers after', text, [first, ...after])
}

export async function order (number) {
  const found = await rows('order', `SELECT ${ORDER} FROM orders o WHERE number = $1`, [number])
  return withTotals(found)[0]
}

export async function ordersOf (customerIds, first) {
  const text = `SELECT ${ORDER} FROM unnest($1::uuid[]) AS customer (id) CROSS JOIN LATERAL (
    SELECT * FROM orders WHERE customer_id = customer.id ORDER BY placed_at DESC, id DESC LIMIT $2) AS o`
  return grouped(customerIds, withTotals(await rows('orders', text, [customerIds, first])), 'customer_id')
}

export async function linesOf (orders) {
  const text = `SELECT order_id, product_id, sku, title, ordered - canceled AS quantity, total_minor, currency
    FROM order_lines WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, position`
  const ids = orders.map((order) => order.id)
  const found = await rows('lines', text, [ids])
  for (const line of found) line.total = { amount: amount(line.total_minor, line.currency) }
  return grouped(ids, found, 'order_id')
}

export async function shipmentsOf (orders) {
  const text = `SELECT order_id, number, status, tracking_number AS "trackingNumber", shipped_at AS "shippedAt",
    delivered_at AS "deliveredAt" FROM shipments WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, created_at, id`
  const ids = orders.map((order) => order.id)
  return grouped(ids, await rows('shipments', text, [ids]), 'order_id')
}

export async function returnsOf (orders) {
  const text = `SELECT order_id, number, status, requested_at AS "requestedAt" FROM returns
    WHERE order_id = ANY ($1::uuid[]) ORDER BY order_id, requested_at, id`
  const ids = orders.map((order) => order.id)
  return grouped(ids, await rows('returns', text, [ids]), 'order_id')
}

export async function productsOf (lines) {
  const ids = [...new Set(lines.map((line) => line.product_id))]
  const found = await rows('products', 'SELECT id, title FROM products WHERE id = ANY ($1::uuid[])', [ids])
  const byId = new Map(found.map((product) => [product.id, product]))
  return lines.map((line) => byId.get(line.product_id))
}

export async function externalIdsOf (customerIds) {
  const text = `SELECT customer_id, source_key, external_id FROM customer_source_records
    WHERE customer_id = ANY ($1::uuid[]) ORDER BY linked_at, id`
  return grouped(customerIds, await rows('source records', text, [customerIds]), 'customer_id')
}

function withTotals (orders) {
  for (const order of orders) order.totals = { total: { amount: amount(order.total_minor, order.currency) } }
  return orders
}

function amount (minor, currency) {
  const digits = DIGITS[currency] ?? 2
  if (digits === 0) return minor
  const padded = minor.padStart(digits + 1, '0')
  return `${padded.slice(0, -digits)}.${padded.slice(-digits)}`
}

function grouped (keys, found, name) {
  const groups = new Map(keys.map((key) => [key, []]))
  for (const row of found) groups.get(row[name]).push(row)
  return keys.map((key) => groups.get(key))
}
