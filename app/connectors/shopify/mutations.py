"""Every GraphQL document by which this connector changes something, for version 2026-10; a test validates each.

Shopify knows idempotency keys for refunds and inventory alone, and wants them there: https://shopify.dev/changelog/
making-idempotency-mandatory-for-inventory-adjustments-and-refund-mutations, read 2026-11. Before any other of these is
sent, what it would do is looked for.
"""

from app.connectors.shopify.order_documents import PAID

NOTE_CAPTURES = """\
mutation NoteCaptures($metafields: [MetafieldsSetInput!]!) {
  payload: metafieldsSet(metafields: $metafields) { metafields { compareDigest } userErrors { code message } }
}
"""

CAPTURE = f"""\
mutation Capture($input: OrderCaptureInput!) {{
  payload: orderCapture(input: $input) {{ transaction {{ ...Paid }} userErrors {{ message }} }}
}}
{PAID}"""

VOID = f"""\
mutation Void($id: ID!) {{
  payload: transactionVoid(parentTransactionId: $id) {{ transaction {{ ...Paid }} userErrors {{ code message }} }}
}}
{PAID}"""

REFUND = f"""\
mutation Refund($input: RefundInput!, $key: String!) {{
  payload: refundCreate(input: $input) @idempotent(key: $key) {{
    refund {{ id transactions(first: 5) {{ nodes {{ ...Paid }} }} }}
    userErrors {{ message }}
  }}
}}
{PAID}"""

CANCEL = """\
mutation Cancel($orderId: ID!, $staffNote: String) {
  payload: orderCancel(
    orderId: $orderId, reason: OTHER, restock: true, notifyCustomer: false, staffNote: $staffNote
  ) {
    job { id done }
    userErrors: orderCancelUserErrors { code message }
  }
}
"""
"""Money is left alone: what was paid is refunded as a payment. What is merely authorized Shopify lets go of."""

TAG = """\
mutation Tag($id: ID!, $tags: [String!]!) { payload: tagsAdd(id: $id, tags: $tags) { userErrors { message } } }
"""

FULFILL = """\
mutation Fulfill($fulfillment: FulfillmentInput!) {
  payload: fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id } userErrors { message } }
}
"""

RETURN = """\
mutation Return($input: ReturnInput!) {
  payload: returnCreate(returnInput: $input) { return { id } userErrors { code message } }
}
"""

CLOSE_RETURN = """\
mutation CloseReturn($id: ID!) {
  payload: returnClose(id: $id) { return { id } userErrors { code message } }
}
"""

ADJUST = """\
mutation Adjust($input: InventoryAdjustQuantitiesInput!, $key: String!) {
  payload: inventoryAdjustQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code message }
  }
}
"""

SUBSCRIBE = """\
mutation Subscribe($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
  payload: webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
    webhookSubscription { id }
    userErrors { message }
  }
}
"""
