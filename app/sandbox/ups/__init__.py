"""UPS on the wire: rates, labels and tracking."""
