"""What a client is told when a request, or one field of it, could not be answered.

ClientFacing
├── BadUserInput         BAD_USER_INPUT: the request itself is wrong; the message says what would be right
├── LimitExceeded        LIMIT_EXCEEDED: right, but more than one request may ask for
├── Forbidden            FORBIDDEN: the caller lacks the scope that a field asks for
├── SourceFailed         SOURCE_TIMED_OUT, SOURCE_UNAVAILABLE: an outside system gave no value for one field
└── TimedOut             TIMEOUT: the whole request took longer than it may

Anything else that goes wrong is ours: logged with its context and shown as INTERNAL with one opaque id.
"""

import uuid
from collections.abc import Mapping
from typing import Any

import structlog
from graphql import GraphQLError

log = structlog.get_logger(__name__)


class ClientFacing(Exception):
    """Its message is written for the client, and `extensions` for the client's code."""

    code = "INTERNAL"

    @property
    def extensions(self) -> dict[str, Any]:
        return {"code": self.code}


class BadUserInput(ClientFacing):
    code = "BAD_USER_INPUT"


class LimitExceeded(ClientFacing):
    code = "LIMIT_EXCEEDED"


class Forbidden(ClientFacing):
    code = "FORBIDDEN"


class TimedOut(ClientFacing):
    code = "TIMEOUT"


class SourceFailed(ClientFacing):
    # Not named `source`: graphql-core would take that for the text of the query, and locate the error in it.
    def __init__(self, source_key: str, message: str, *, timed_out: bool, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.source_key = source_key
        self.code = "SOURCE_TIMED_OUT" if timed_out else "SOURCE_UNAVAILABLE"
        self.retry_after_s = retry_after_s

    @property
    def extensions(self) -> dict[str, Any]:
        answer: dict[str, Any] = {"code": self.code, "source": self.source_key}
        if self.retry_after_s is not None:
            answer["retryAfterSeconds"] = self.retry_after_s
        return answer


def present(error: GraphQLError, *, request: Mapping[str, Any]) -> dict[str, Any]:
    """The error as it goes to the client, with `extensions.code`. `request` is logged with a fault of ours."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    formatted: dict[str, Any] = dict(error.formatted)
    if isinstance(cause, ClientFacing):
        formatted["message"] = str(cause)
        formatted["extensions"] = cause.extensions
    elif isinstance(cause, ValueError) and error.path is None:
        # Reading a literal, before anything was executed: Python refuses to make a number of so many digits.
        formatted["message"] = "The query holds a number with more digits than any value has."
        formatted["extensions"] = {"code": "BAD_USER_INPUT"}
    elif cause is None:
        # graphql-core raises these itself: syntax, validation, variables and arguments of the wrong type.
        formatted["extensions"] = {"code": "BAD_USER_INPUT"} | (error.extensions or {})
    else:
        formatted |= internal(cause, path=error.path, **request)
    return formatted


def internal(cause: BaseException, **context: Any) -> dict[str, Any]:
    """Logs a fault of ours and answers with nothing but the id under which it was logged."""
    error_id = uuid.uuid4().hex
    log.error("internal_error", error_id=error_id, exc_info=cause, **context)
    return {
        "message": f"Something went wrong here. It is logged as {error_id}.",
        "extensions": {"code": "INTERNAL", "id": error_id},
    }
