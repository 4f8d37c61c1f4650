"""Times as clients write them."""

from datetime import UTC, datetime, timedelta

_FIRST = datetime.min.replace(tzinfo=UTC) + timedelta(days=1)
_LAST = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)


def moment(text: str) -> datetime:
    """ISO 8601 with a zone, in UTC. Raises ValueError, also so near the calendar's ends that nothing can be added."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without a zone")
    if not _FIRST <= at <= _LAST:
        raise ValueError("a time beyond the calendar")
    return at.astimezone(UTC)
