"""What development runs beside the product: set-up and fetching."""
