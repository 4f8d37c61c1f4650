"""Which failures a command reports as one sentence: those that the person at the keyboard can do something about."""

from sqlalchemy.exc import DBAPIError

from app.connectors.manifest import InvalidManifest
from app.connectors.source_config import InvalidSourceConfig
from app.database.errors import DatabaseUnavailable
from app.logs import UnknownLogSetting
from app.settings import InvalidSetting
from app.stores.migrations import DatabaseTooOld
from app.wiring import NotMigrated
from app.workflows.order_import.errors import ImportRefused
from app.workflows.routing.errors import RoutingNotConfigured
from app.workflows.seed import StoreNotEmpty


class CannotRun(Exception):
    """The command cannot do what it was asked; the message is one sentence saying why and what to do."""


EXPECTED = (
    CannotRun,
    DatabaseTooOld,
    DatabaseUnavailable,
    ImportRefused,
    InvalidManifest,
    InvalidSetting,
    InvalidSourceConfig,
    NotMigrated,
    RoutingNotConfigured,
    StoreNotEmpty,
    UnknownLogSetting,
)
"""Their messages are complete; anything else is a fault of ours and keeps its traceback."""

# Lost connections, missing rights, full disks and too many connections, and an administrator's word.
# https://www.postgresql.org/docs/18/errcodes-appendix.html, read 2026-11
_NOT_OUR_FAULT = ("08", "42501", "53", "57")


def refusal_of(database_error: DBAPIError) -> str | None:
    """A sentence when the database is in trouble, None when it objects to what we asked."""
    cause = database_error.orig
    if not str(getattr(cause, "sqlstate", None)).startswith(_NOT_OUR_FAULT):
        return None
    return f"The database gave up: {str(cause).partition(chr(10))[0]}"
