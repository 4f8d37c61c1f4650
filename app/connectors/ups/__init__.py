"""UPS: rates, labels and tracking, by its REST APIs. Quirks: docs/connectors/ups.md."""
