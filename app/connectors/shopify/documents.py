"""The GraphQL documents this connector sends to read, for version 2026-10; a test validates each against Shopify's
schema. Those about orders: order_documents.py. Those that change something: mutations.py.

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

ADDRESS = "{ id name company address1 address2 city province provinceCode zip countryCodeV2 phone }"
PAGE = "pageInfo { hasNextPage endCursor }"

_CUSTOMER = f"""\
fragment Person on Customer {{
  id updatedAt firstName lastName locale tags verifiedEmail
  amountSpent {{ currencyCode }}
  defaultEmailAddress {{ emailAddress marketingState }}
  defaultPhoneNumber {{ phoneNumber }}
  defaultAddress {{ id }}
  addressesV2(first: 10) {{ nodes {ADDRESS} }}
}}
"""

CUSTOMERS_CHANGED = f"""\
query CustomersChanged($first: Int!, $after: String, $query: String) {{
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{ nodes {{ ...Person }} {PAGE} }}
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
    nodes {{ id title status updatedAt variants(first: 25) {{ nodes {{ ...Sold }} {PAGE} }} }}
    {PAGE}
  }}
}}
{_VARIANT}"""

PRODUCT_VARIANTS = f"""\
query ProductVariants($id: ID!, $after: String) {{
  node(id: $id) {{ ... on Product {{ variants(first: 250, after: $after) {{ nodes {{ ...Sold }} {PAGE} }} }} }}
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
  inventoryLevels(first: 10) {{ nodes {_LEVEL} {PAGE} }}
}}
"""

STOCK = f"""\
query Stock($first: Int!, $after: String, $query: String) {{
  inventoryItems(first: $first, after: $after, query: $query) {{ nodes {{ ...Stocked }} {PAGE} }}
}}
{_ITEM}"""

STOCK_LEVELS = f"""\
query StockLevels($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on InventoryItem {{ inventoryLevels(first: 200, after: $after) {{ nodes {_LEVEL} {PAGE} }} }}
  }}
}}
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
