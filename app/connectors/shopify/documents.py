"""Every GraphQL document this connector sends to read, for version 2026-10; a test validates each against Shopify's
schema. Those that change something: mutations.py.

A query may cost 1,000 points. Sizes are chosen so that each stays below that by the documented rule, an object 1 and a
connection as often as `first` says (https://shopify.dev/docs/apps/build/apis/graphql-admin/rate-limits, read 2026-11);
the sandbox counts so, and a test asks for the largest of each. What does not fit into such a page is read by a document
of its own.
"""

PROFILES = """\
query Profiles($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Customer {
      id
      createdAt
      numberOfOrders
      amountSpent { amount currencyCode }
      defaultEmailAddress { emailAddress marketingState }
    }
  }
}
"""

_MONEY = "{ shopMoney { amount currencyCode } }"
_ADDRESS = "{ id name company address1 address2 city province provinceCode zip countryCodeV2 phone }"
_PAGE = "pageInfo { hasNextPage endCursor }"

_LINE = f"""\
fragment Line on LineItem {{
  id sku title variantTitle quantity currentQuantity unfulfilledQuantity
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
  refundLineItems(first: 5) {{ nodes {_REFUND_LINE} {_PAGE} }}
}}
"""

_FULFILLMENT_LINE = "{ id quantity lineItem { id } }"
_FULFILLMENT = f"""\
fragment Fulfilled on Fulfillment {{
  id name status createdAt deliveredAt
  trackingInfo(first: 1) {{ company number url }}
  fulfillmentLineItems(first: 8) {{ nodes {_FULFILLMENT_LINE} {_PAGE} }}
}}
"""

_TRANSACTION = """\
fragment Paid on OrderTransaction {
  id kind status gateway createdAt processedAt authorizationExpiresAt multiCapturable
  amountSet { shopMoney { amount currencyCode } presentmentMoney { amount currencyCode } }
  parentTransaction { id }
}
"""

ORDERS_CHANGED = f"""\
query OrdersChanged($first: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ nodes {{ id updatedAt }} {_PAGE} }}
}}
"""

ORDERS = f"""\
query Orders($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Order {{
      id name legacyResourceId processedAt updatedAt cancelledAt closedAt currencyCode taxesIncluded
      email phone note tags
      totalPriceSet {_MONEY}
      customer {{ id }}
      shippingAddress {_ADDRESS}
      billingAddress {_ADDRESS}
      shippingLines(first: 5) {{
        nodes {{ title discountedPriceSet {_MONEY} taxLines {{ priceSet {_MONEY} }} }}
      }}
      originalTotalDutiesSet {_MONEY}
      originalTotalAdditionalFeesSet {_MONEY}
      totalTipReceivedSet {_MONEY}
      lineItems(first: 10) {{ nodes {{ ...Line }} {_PAGE} }}
      refunds(first: 4) {{ ...Refunded }}
      fulfillments(first: 4) {{ ...Fulfilled }}
      transactions(first: 8) {{ ...Paid }}
    }}
  }}
}}
{_LINE}{_REFUND}{_FULFILLMENT}{_TRANSACTION}"""
ORDERS_PER_QUERY = 2
REFUNDS_FIRST, FULFILLMENTS_FIRST, TRANSACTIONS_FIRST = 4, 4, 8
"""A list of this length may go on, and cannot be paged."""

ORDER_LINES = f"""\
query OrderLines($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Order {{ lineItems(first: 80, after: $after) {{ nodes {{ ...Line }} {_PAGE} }} }} }}
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
{_TRANSACTION}"""

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
    ... on Refund {{ refundLineItems(first: 250, after: $after) {{ nodes {_REFUND_LINE} {_PAGE} }} }}
  }}
}}
"""

FULFILLMENT_LINES = f"""\
query FulfillmentLines($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Fulfillment {{ fulfillmentLineItems(first: 250, after: $after) {{ nodes {_FULFILLMENT_LINE} {_PAGE} }} }}
  }}
}}
"""

_CUSTOMER = f"""\
fragment Person on Customer {{
  id updatedAt firstName lastName locale tags
  amountSpent {{ currencyCode }}
  defaultEmailAddress {{ emailAddress marketingState }}
  defaultPhoneNumber {{ phoneNumber }}
  defaultAddress {{ id }}
  addressesV2(first: 10) {{ nodes {_ADDRESS} }}
}}
"""

CUSTOMERS_CHANGED = f"""\
query CustomersChanged($first: Int!, $after: String, $query: String) {{
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ nodes {{ ...Person }} {_PAGE} }}
}}
{_CUSTOMER}"""

CUSTOMERS = f"""\
query Customers($ids: [ID!]!) {{ nodes(ids: $ids) {{ ...Person }} }}
{_CUSTOMER}"""

_VARIANT = """\
fragment Sold on ProductVariant { id sku title price updatedAt }
"""

PRODUCTS_CHANGED = f"""\
query ProductsChanged($first: Int!, $after: String, $query: String) {{
  shop {{ currencyCode }}
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    nodes {{ id title status updatedAt variants(first: 25) {{ nodes {{ ...Sold }} {_PAGE} }} }}
    {_PAGE}
  }}
}}
{_VARIANT}"""

PRODUCT_VARIANTS = f"""\
query ProductVariants($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Product {{ variants(first: 250, after: $after) {{ nodes {{ ...Sold }} {_PAGE} }} }} }}
}}
{_VARIANT}"""

VARIANTS = f"""\
query Variants($ids: [ID!]!) {{
  shop {{ currencyCode }}
  nodes(ids: $ids) {{ ... on ProductVariant {{ ...Sold product {{ id title status updatedAt }} }} }}
}}
{_VARIANT}"""

_LEVEL = '{ location { id } quantities(names: ["on_hand"]) { name quantity } }'
_ITEM = f"""\
fragment Stocked on InventoryItem {{
  id sku tracked
  inventoryLevels(first: 10) {{ nodes {_LEVEL} {_PAGE} }}
}}
"""

STOCK = f"""\
query Stock($first: Int!, $after: String, $query: String) {{
  inventoryItems(first: $first, after: $after, query: $query) {{ nodes {{ ...Stocked }} {_PAGE} }}
}}
{_ITEM}"""

STOCK_LEVELS = f"""\
query StockLevels($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on InventoryItem {{ inventoryLevels(first: 200, after: $after) {{ nodes {_LEVEL} {_PAGE} }} }}
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
{_TRANSACTION}"""

_PLANNED = "{ id remainingQuantity lineItem { id sku title } }"
FULFILLABLE = f"""\
query Fulfillable($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Order {{
      fulfillmentOrders(first: 12, after: $after) {{
        nodes {{
          id status
          assignedLocation {{ location {{ id }} }}
          lineItems(first: 30) {{ nodes {_PLANNED} {_PAGE} }}
        }}
        {_PAGE}
      }}
    }}
  }}
}}
"""

PLANNED_LINES = f"""\
query PlannedLines($id: ID!, $after: String) {{
  node(id: $id) {{ ... on FulfillmentOrder {{ lineItems(first: 250, after: $after) {{ nodes {_PLANNED} {_PAGE} }} }} }}
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
      fulfillmentLineItems(first: 25) {{ nodes {_SENT} {_PAGE} }}
    }}
  }}
}}
"""

FULFILLED_PER_QUERY = 8

SENT_LINES = f"""\
query SentLines($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Fulfillment {{ fulfillmentLineItems(first: 200, after: $after) {{ nodes {_SENT} {_PAGE} }} }}
  }}
}}
"""

_BACK = "{ quantity ... on ReturnLineItem { returnReasonNote fulfillmentLineItem { id } } }"
RETURNED = f"""\
query Returned($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Order {{
      returns(first: 10, after: $after) {{
        nodes {{ id status returnLineItems(first: 40) {{ nodes {_BACK} {_PAGE} }} }}
        {_PAGE}
      }}
    }}
  }}
}}
"""

RETURN_LINES = f"""\
query ReturnLines($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Return {{ returnLineItems(first: 250, after: $after) {{ nodes {_BACK} {_PAGE} }} }} }}
}}
"""

ORDER_STATE = """\
query OrderState($id: ID!) { node(id: $id) { ... on Order { id cancelledAt } } }
"""

SET_UP = """\
query SetUp {
  shop { name myshopifyDomain }
  publicApiVersions { handle supported }
  currentAppInstallation { accessScopes { handle } }
}
"""

LOCATIONS = """\
query Locations { locations(first: 250) { nodes { id name } } }
"""

SUBSCRIPTIONS = """\
query Subscriptions($uri: String!) { webhookSubscriptions(first: 250, uri: $uri) { nodes { id topic uri } } }
"""
