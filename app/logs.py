"""Structured logs on stderr, ours and the libraries' in one form: JSON for machines, text for a terminal."""

import logging
import sys
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMATS = ("auto", "text", "json")


class UnknownLogSetting(ValueError):
    """The message names the setting and its possible values."""


def configure_logs(level: str, form: str, stream: TextIO | None = None) -> None:
    """On stderr by default. `auto` is text where that is a terminal and JSON elsewhere. Raises UnknownLogSetting."""
    stream = stream or sys.stderr
    level, form = level.upper(), form.lower()
    if level not in LEVELS:
        raise UnknownLogSetting(f"LOG_LEVEL must be one of {', '.join(LEVELS)}, not {level!r}")
    if form not in FORMATS:
        raise UnknownLogSetting(f"LOG_FORMAT must be one of {', '.join(FORMATS)}, not {form!r}")
    is_text = form == "text" or (form == "auto" and stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="%H:%M:%S" if is_text else "iso", utc=not is_text),
    ]
    rendering: list[Processor] = _text(stream) if is_text else _json()
    # Our own lines bypass `logging`: one is written for every request, and they cost a third this way.
    structlog.configure(
        processors=[*shared, *rendering, _encode],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.BytesLoggerFactory(stream.buffer),
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # uvicorn reports each start and stop of each of its servers; alembic its parts, and which dialect it speaks; and
    # PgQueuer each attempt, as the worker does in our words.
    for name in ("uvicorn", "alembic.runtime.plugins", "pgqueuer"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.getLogger("alembic.runtime.migration").addFilter(_is_migration)


def _is_migration(record: logging.LogRecord) -> bool:
    return record.levelno > logging.INFO or str(record.msg).startswith("Running")


def _text(stream: TextIO) -> list[Processor]:
    # A traceback without the values of local variables: they may hold a secret.
    return [
        structlog.dev.ConsoleRenderer(
            colors=stream.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
        )
    ]


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_dumps)]


def _dumps(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()


def _encode(_logger: WrappedLogger, _method: str, line: Any) -> bytes:
    return str(line).encode()
