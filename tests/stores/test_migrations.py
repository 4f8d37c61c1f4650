"""The migrations lead to the tables that the models describe, and back."""

import logging
from collections.abc import AsyncIterator, Callable
from functools import partial

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.models import Base
from app.stores.engine import create_engine
from app.stores.migrations import MIGRATIONS, is_current, migrate, newest_revision

# Alembic's own comparison does not see CHECK constraints, expressions of indexes or generated columns; this does.
# Columns go by name: one that is added later stands at the end of its table.
SHAPE = text("""
SELECT 'column ' || format('%s.%s %s%s %s%s %s', class.relname, attribute.attname,
                           format_type(attribute.atttypid, attribute.atttypmod),
                           CASE WHEN attribute.attnotnull THEN ' not null' ELSE '' END,
                           attribute.attidentity, attribute.attgenerated,
                           pg_get_expr(value.adbin, value.adrelid))
  FROM pg_attribute attribute
  JOIN pg_class class ON class.oid = attribute.attrelid AND class.relkind = 'r'
  LEFT JOIN pg_attrdef value ON value.adrelid = class.oid AND value.adnum = attribute.attnum
 WHERE class.relnamespace = 'public'::regnamespace AND class.relname <> 'alembic_version'
   AND attribute.attnum > 0 AND NOT attribute.attisdropped
 UNION ALL
SELECT 'constraint ' || format('%s.%s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
  FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version' AND contype <> 'n'
 UNION ALL
SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
 UNION ALL
SELECT 'sequence ' || format('%s from %s', sequencename, start_value) FROM pg_sequences WHERE schemaname = 'public'
 ORDER BY 1
""")


@pytest.fixture
async def engine(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(fresh_database)
    yield engine
    await engine.dispose()


async def _shape(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return list(await connection.scalars(SHAPE))


async def _run(engine: AsyncEngine, run: Callable[[Connection], None]) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(run)


def _downgrade(connection: Connection, revision: str = "base") -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    command.downgrade(config, revision)


async def test_they_build_what_the_models_describe(engine: AsyncEngine) -> None:
    await migrate(engine)
    migrated = await _shape(engine)
    await _run(engine, _downgrade)
    await _run(engine, Base.metadata.create_all)
    assert migrated == await _shape(engine)
    tables = {line.split()[1].partition(".")[0] for line in migrated if line.startswith("column ")}
    assert tables == set(Base.metadata.tables)


async def test_down_to_nothing_and_up_again(engine: AsyncEngine) -> None:
    await migrate(engine)
    before = await _shape(engine)
    await _run(engine, _downgrade)
    assert await _shape(engine) == []
    assert not await is_current(engine)
    await migrate(engine)
    assert await _shape(engine) == before
    assert await is_current(engine)


async def test_steps_are_told_of_where_there_were_tables(engine: AsyncEngine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    told = "alembic.runtime.migration"
    await migrate(engine)
    assert not [record for record in caplog.records if record.name == told]
    await _run(engine, partial(_downgrade, revision="-1"))
    caplog.clear()
    await migrate(engine)
    steps = [record.getMessage() for record in caplog.records if record.name == told]
    assert [step.partition(",")[0].split()[-1] for step in steps if step.startswith("Running")] == [newest_revision()]


def test_the_newest_by_file_name_is_the_head() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert newest_revision() == scripts.get_current_head()
    named = [path.name.partition("_")[0] for path in sorted((MIGRATIONS / "versions").glob("*.py"))]
    assert named == [script.revision for script in scripts.walk_revisions()][::-1]
