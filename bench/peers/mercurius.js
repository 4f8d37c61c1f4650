// Junction's contract on Mercurius with its compiler, and a loader for each level.

import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import fastify from 'fastify'
import mercurius from 'mercurius'
import * as database from './database.js'

const CRM_LATENCY_MS = 1
const uncached = { cache: false }

const resolvers = {
  Query: {
    customer: (_, { by }) => database.customer(by.number),
    order: (_, { by }) => database.order(by.number),
    customers: async (_, { first, after }) => ({ nodes: await database.customers(first, after ? decode(after) : null) })
  },
  CustomerConnection: {
    edges: ({ nodes }) => nodes.map((node) => ({ node, cursor: encode([node.createdAt, node.id]) }))
  }
}

const loaders = {
  Customer: {
    orders: batch(async (customers, { first }) => {
      const found = await database.ordersOf(customers.map((customer) => customer.id), first)
      return found.map((nodes) => ({ nodes }))
    }),
    cases: batch(async (customers, { first }) => {
      const found = await database.externalIdsOf(customers.map((customer) => customer.id))
      await setTimeout(CRM_LATENCY_MS)
      return found.map((records) => casesOf(records, first))
    })
  },
  Order: {
    lines: batch(database.linesOf),
    shipments: batch(database.shipmentsOf),
    returns: batch(database.returnsOf)
  },
  OrderLine: {
    product: batch(database.productsOf)
  }
}

// A site asks for all its objects with the same arguments.
function batch (load) {
  return { loader: (queries) => load(queries.map((query) => query.obj), queries[0].params), opts: uncached }
}

// As the stand-in for the CRM answers Junction.
function casesOf (records, first) {
  const external = records[0].external_id
  const nodes = Array.from({ length: first }, (_, n) => ({
    number: `${external}-${n}`,
    subject: `Matter ${n} of ${external}`,
    status: 'New',
    openedAt: `2026-03-01T${12 - n}:00:00+00:00`
  }))
  return { nodes, sources: records.map((record) => ({ source: { key: record.source_key }, state: 'FRESH', error: null })) }
}

const encode = (place) => Buffer.from(JSON.stringify(place)).toString('base64url')
const decode = (cursor) => JSON.parse(Buffer.from(cursor, 'base64url'))

const app = fastify({ logger: false })
const schema = readFileSync(new URL('schema.graphql', import.meta.url), 'utf8')
app.register(mercurius, { schema, resolvers, loaders, jit: 1, path: '/graphql' })
await app.listen({ port: Number(process.env.PORT), host: '127.0.0.1' })
