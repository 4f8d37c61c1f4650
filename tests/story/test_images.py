"""What the story's events leave of its orders: put together, the orders as they are."""

import pytest
from sqlalchemy import text

from app.resolvers.as_of import ORDER_HISTORY
from app.sandbox.story.images import IMAGED_TABLES
from app.stores import events
from app.wiring import Demo


def test_the_story_and_the_store_take_images_of_what_is_read() -> None:
    read = {each.name for each in (ORDER_HISTORY.root, *ORDER_HISTORY.parts)}
    assert read == set(IMAGED_TABLES) == set(events.IMAGED_TABLES)


@pytest.mark.parametrize("table", IMAGED_TABLES)
async def test_the_last_images_are_the_rows_as_they_are(demo: Demo, table: str) -> None:
    async with demo.application.engine.connect() as connection:
        differing = await connection.execute(text(DIFFERING.format(table=table)))
        assert differing.all() == []
        assert await connection.scalar(text(f"SELECT count(*) > 0 FROM {table}"))


async def test_every_event_of_an_order_has_its_order_as_it_was_then(demo: Demo) -> None:
    async with demo.application.engine.connect() as connection:
        versions = await connection.execute(text(VERSIONS))
        assert versions.all() == []


DIFFERING = """
WITH last AS (
    SELECT DISTINCT ON (image ->> 'id') image ->> 'id' AS id, image
      FROM events, jsonb_array_elements(images -> '{table}') AS image
     ORDER BY image ->> 'id', position DESC)
SELECT t.id, last.id, (SELECT jsonb_object_agg(now.key, jsonb_build_array(now.value, was.value))
          FROM jsonb_each(to_jsonb(t)) now LEFT JOIN jsonb_each(to_jsonb(p)) was ON was.key = now.key
         WHERE now.value IS DISTINCT FROM was.value AND now.key NOT IN ('search_text', 'inputs')) AS differing
  FROM {table} t FULL JOIN last ON last.id = t.id::text
  LEFT JOIN LATERAL jsonb_populate_record(NULL::{table}, last.image) p ON true
 WHERE (to_jsonb(t) - '{{search_text,inputs}}'::text[])
       IS DISTINCT FROM (to_jsonb(p) - '{{search_text,inputs}}'::text[])
"""
VERSIONS = """
SELECT id, type FROM events WHERE subject_type = 'Order'
   AND (images #>> '{orders,0,version}')::integer IS DISTINCT FROM sequence
"""
