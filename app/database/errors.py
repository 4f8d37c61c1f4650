"""The one failure of this package."""


class DatabaseUnavailable(Exception):
    """There is no Postgres to work with; the message is one sentence saying why and what to do."""
