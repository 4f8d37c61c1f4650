"""Shopify: customers of a shop, by the Admin GraphQL API. Quirks: docs/connectors/shopify.md."""
