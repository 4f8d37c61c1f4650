"""The documents that read orders: whole, their money, and what of them can be fulfilled and returned."""

from app.connectors.shopify.documents import ADDRESS, PAGE

_MONEY = "{ shopMoney { amount currencyCode } }"

_LINE = f"""\
fragment Line on LineItem {{
  id sku title variantTitle quantity currentQuantity unfulfilledQuantity nonFulfillableQuantity
  originalUnitPriceSet {_MONEY}
  discountAllocations {{ allocatedAmountSet {_MONEY} }}
  taxLines {{ priceSet {_MONEY} }}
}}
"""

_REFUND_LINE = "{ quantity restockType lineItem { id } }"
_REFUND = f"""\
fragment Refunded on Refund {{
  id
  return {{ id }}
  refundLineItems(first: 5) {{ nodes {_REFUND_LINE} {PAGE} }}
}}
"""

_FULFILLMENT_LINE = "{ id quantity lineItem { id } }"
_FULFILLMENT = f"""\
fragment Fulfilled on Fulfillment {{
  id name status createdAt deliveredAt
  trackingInfo(first: 1) {{ company number url }}
  fulfillmentLineItems(first: 8) {{ nodes {_FULFILLMENT_LINE} {PAGE} }}
}}
"""

PAID = """\
fragment Paid on OrderTransaction {
  id kind status gateway createdAt processedAt authorizationExpiresAt multiCapturable
  amountSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  parentTransaction { id }
}
"""

ORDERS_CHANGED = f"""\
query OrdersChanged($first: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ nodes {{ id updatedAt }} {PAGE} }}
}}
"""

ORDERS = f"""\
query Orders($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Order {{
      id name legacyResourceId processedAt updatedAt cancelledAt closedAt currencyCode presentmentCurrencyCode
      taxesIncluded email phone note tags
      totalPriceSet {_MONEY}
      customer {{ id }}
      shippingAddress {ADDRESS}
      billingAddress {ADDRESS}
      shippingLines(first: 5) {{
        nodes {{ title discountedPriceSet {_MONEY} taxLines {{ priceSet {_MONEY} }} }}
      }}
      originalTotalDutiesSet {_MONEY}
      originalTotalAdditionalFeesSet {_MONEY}
      totalTipReceivedSet {_MONEY}
      lineItems(first: 10) {{ nodes {{ ...Line }} {PAGE} }}
      refunds(first: 4) {{ ...Refunded }}
      fulfillments(first: 4) {{ ...Fulfilled }}
      transactions(first: 8) {{ ...Paid }}
    }}
  }}
}}
{_LINE}{_REFUND}{_FULFILLMENT}{PAID}"""
ORDERS_PER_QUERY = 2
REFUNDS_FIRST, FULFILLMENTS_FIRST, TRANSACTIONS_FIRST = 4, 4, 8
"""A list of this length may go on, and cannot be paged."""

ORDER_LINES = f"""\
query OrderLines($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Order {{ lineItems(first: 80, after: $after) {{ nodes {{ ...Line }} {PAGE} }} }} }}
}}
{_LINE}"""

ORDER_PARTS = """\
query OrderParts($id: ID!) {
  node(id: $id) { ... on Order { refunds(first: 250) { id } fulfillments(first: 250) { id } } }
}
"""
"""The ids alone: these lists cannot be paged."""

ORDER_TRANSACTIONS = f"""\
query OrderTransactions($id: ID!) {{
  node(id: $id) {{ ... on Order {{ transactions(first: 150) {{ ...Paid }} }} }}
}}
{PAID}"""

REFUNDS = f"""\
query Refunds($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...Refunded }} }}
{_REFUND}"""

FULFILLMENTS = f"""\
query Fulfillments($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...Fulfilled }} }}
{_FULFILLMENT}"""

PARTS_PER_QUERY = 40

REFUND_LINES = f"""\
query RefundLines($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Refund {{ refundLineItems(first: 250, after: $after) {{ nodes {_REFUND_LINE} {PAGE} }} }}
  }}
}}
"""

FULFILLMENT_LINES = f"""\
query FulfillmentLines($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Fulfillment {{ fulfillmentLineItems(first: 250, after: $after) {{ nodes {_FULFILLMENT_LINE} {PAGE} }} }}
  }}
}}
"""

PAYMENT = f"""\
query Payment($id: ID!) {{
  node(id: $id) {{
    ... on OrderTransaction {{
      id
      order {{
        id presentmentCurrencyCode
        transactions(first: 80) {{ ...Paid }}
        refunds(first: 50) {{ id note transactions(first: 5) {{ nodes {{ id }} }} }}
        metafield(namespace: "$app:junction", key: "captures") {{ value compareDigest }}
      }}
    }}
  }}
}}
{PAID}"""
PAYMENT_TRANSACTIONS_FIRST = 80

_PLANNED = "{ id remainingQuantity lineItem { id sku title } }"
FULFILLABLE = f"""\
query Fulfillable($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Order {{
      fulfillmentOrders(first: 12, after: $after) {{
        nodes {{
          id status
          assignedLocation {{ location {{ id }} }}
          lineItems(first: 30) {{ nodes {_PLANNED} {PAGE} }}
        }}
        {PAGE}
      }}
    }}
  }}
}}
"""

PLANNED_LINES = f"""\
query PlannedLines($id: ID!, $after: String) {{
  node(id: $id) {{ ... on FulfillmentOrder {{ lineItems(first: 250, after: $after) {{ nodes {_PLANNED} {PAGE} }} }} }}
}}
"""

_SENT = "{ id quantity lineItem { id sku title variant { inventoryItem { id } } } }"
FULFILLED = f"""\
query Fulfilled($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Fulfillment {{
      id status
      location {{ id }}
      trackingInfo(first: 2) {{ number }}
      fulfillmentLineItems(first: 25) {{ nodes {_SENT} {PAGE} }}
    }}
  }}
}}
"""

FULFILLED_PER_QUERY = 8

SENT_LINES = f"""\
query SentLines($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Fulfillment {{ fulfillmentLineItems(first: 200, after: $after) {{ nodes {_SENT} {PAGE} }} }}
  }}
}}
"""

_BACK = "{ quantity ... on ReturnLineItem { returnReasonNote fulfillmentLineItem { id } } }"
RETURNED = f"""\
query Returned($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Order {{
      returns(first: 10, after: $after) {{
        nodes {{ id status returnLineItems(first: 40) {{ nodes {_BACK} {PAGE} }} }}
        {PAGE}
      }}
    }}
  }}
}}
"""

RETURN_LINES = f"""\
query ReturnLines($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Return {{ returnLineItems(first: 250, after: $after) {{ nodes {_BACK} {PAGE} }} }} }}
}}
"""

ORDER_STATE = """\
query OrderState($id: ID!) { node(id: $id) { ... on Order { id cancelledAt } } }
"""
