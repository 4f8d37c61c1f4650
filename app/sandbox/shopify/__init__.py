"""A Shopify shop on the wire."""
