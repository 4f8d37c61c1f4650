"""Shopify: customers of a shop, by the Admin GraphQL API. Quirks: README.md."""
