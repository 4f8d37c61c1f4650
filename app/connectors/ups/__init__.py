"""UPS: rates, labels and tracking, by its REST APIs. Quirks: README.md."""
