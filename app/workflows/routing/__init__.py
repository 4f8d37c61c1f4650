"""What routing is configured with: policies, and the middles of postal codes. The rule itself is app/domain/routing."""
