class RoutingNotConfigured(Exception):
    """A policy or a file of postal codes that cannot be used; the message is one sentence saying where and why."""
