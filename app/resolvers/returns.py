"""Returns: what their amounts come to."""

from app.models import Return

NET_MINOR = Return.refund_minor - Return.fees_minor - Return.exchange_minor
