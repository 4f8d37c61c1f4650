import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from app.logs import UnknownLogSetting, configure_logs
from tests.logs import logs_restored


@pytest.fixture
def stream() -> Iterator[io.TextIOWrapper]:
    with logs_restored():
        yield io.TextIOWrapper(io.BytesIO(), write_through=True)


def _written(stream: io.TextIOWrapper) -> str:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


def _lines(stream: io.TextIOWrapper) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _written(stream).splitlines()]


def test_our_lines_and_those_of_libraries_have_one_form(stream: io.TextIOWrapper) -> None:
    configure_logs("INFO", "auto", stream)
    structlog.get_logger("junction.http").info("request", status=200)
    logging.getLogger("asyncpg").warning("slow by %d ms", 7)
    lines = _lines(stream)
    assert [line.pop("timestamp")[-1] for line in lines] == ["Z", "Z"]
    assert lines == [
        {"event": "request", "level": "info", "logger": "junction.http", "status": 200},
        {"event": "slow by 7 ms", "level": "warning", "logger": "asyncpg"},
    ]


def test_lines_below_the_level_are_left_out(stream: io.TextIOWrapper) -> None:
    configure_logs("warning", "json", stream)
    structlog.get_logger("junction").info("no")
    logging.getLogger("asyncpg").info("no")
    structlog.get_logger("junction").error("yes")
    assert [line["event"] for line in _lines(stream)] == ["yes"]


def test_of_alembic_only_what_it_did_is_told(stream: io.TextIOWrapper) -> None:
    configure_logs("INFO", "json", stream)
    logging.getLogger("alembic.runtime.plugins.schemas").info("setup plugin %s", "alembic.autogenerate.schemas")
    alembic = logging.getLogger("alembic.runtime.migration")
    alembic.info("Context impl %s.", "PostgresqlImpl")
    alembic.info("Running upgrade 0001 -> 0002, Imports")
    assert [line["event"] for line in _lines(stream)] == ["Running upgrade 0001 -> 0002, Imports"]


def test_a_traceback_does_not_show_the_values_of_variables(stream: io.TextIOWrapper) -> None:
    configure_logs("INFO", "text", stream)
    password = "s3cret"
    try:
        dict[int, str]()[len(password)]
    except KeyError:
        structlog.get_logger("junction").exception("failed")
    assert "KeyError: 6" in _written(stream)
    assert "s3cret" not in _written(stream)


@pytest.mark.parametrize(("level", "form", "name"), [("loud", "json", "LOG_LEVEL"), ("INFO", "xml", "LOG_FORMAT")])
def test_an_unknown_setting_is_refused(stream: io.TextIOWrapper, level: str, form: str, name: str) -> None:
    with pytest.raises(UnknownLogSetting, match=f"^{name} must be one of "):
        configure_logs(level, form, stream)
