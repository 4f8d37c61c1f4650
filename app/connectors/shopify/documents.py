"""Every GraphQL document this connector sends, for version 2026-10; a test validates each against Shopify's schema."""

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
