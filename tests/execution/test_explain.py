"""Plans in words, and what a request is told of how it was answered."""

import asyncio
import re
from typing import Any

import orjson
import pytest

from app.execution.engine import Answer, Engine, Way
from app.execution.explain import Analysis, explained
from app.execution.sql_layout import laid_out
from app.execution.trace import BatchRun, StatementRun, Trace
from tests.execution.bookshop import Library, context, new_engine
from tests.execution.conftest import author_id, book_id

EVERYTHING = f"""query Everything($title: String = "Book 01", $ids: [ID!]!) {{
  author(by: {{name: "Ann"}}) {{
    name born: bornAt
    subject {{ __typename id ... on Book {{ title }} }}
    loans {{ title shout(mark: "?") }}
  }}
  authors(first: 2) {{
    stars(stars: 4)
    shelf {{ price {{ cents }} author {{ name }} }}
    books(last: 2, where: {{title: $title}}, sortBy: {{field: TITLE, direction: DESC}}) {{
      edges {{ cursor node {{ progress {{ left }} }} }}
      pageInfo {{ hasNextPage }}
      totalCount
    }}
  }}
  node(id: "Book:{book_id(3)}") {{ id ... on Book {{ title }} }}
  nodes(ids: $ids) {{ id }}
}}"""
IDS = [f"Book:{book_id(3)}", f"Author:{author_id(2)}"]


def paragraphs(library: Library, query: str, **variables: Any) -> list[str]:
    engine = new_engine()
    explanation = engine.explanation(engine.operation(query, None), variables, context(library))
    return explained(explanation).removesuffix("\n").split("\n\n")


async def test_every_kind_of_node_in_words(library: Library) -> None:
    summary, plan, statement, batch = paragraphs(library, EVERYTHING, ids=IDS)
    assert (
        summary
        == """\
query Everything: by plan, one statement and 1 remote batch
cost: 61 of 50,000 rows, 87 of 500,000 values, 31 of 2,000 fields, 9 of 100 lists and relations"""
    )
    assert (
        plan
        == """\
Plan
  author: the row of authors that the argument by singles out
    name, born
    subject: the row that authors.subject_type and authors.subject_id name
      on Author
        __typename, id
      on Book
        __typename, id, title
    loans: rows of books linked by loans to authors.id, by title
      title
      shout: computed from books.title
  authors: the first 2 rows of authors, by name
    stars: remote batch 1
    shelf: rows of books whose author_id is authors.id, by shelf
      price: an object of columns of the row
        cents
      author: the row of authors whose id is books.author_id
        name
    books: the last 2 rows of books whose author_id is authors.id, by title descending; limited by where
      edges
        cursor
        node
          progress: of the same row
            left
      pageInfo
        hasNextPage
      totalCount
  node: the row that id names
    on Book
      id, title
  nodes: the rows that ids name
    on Author, Book
      id"""
    )
    sql, *parameters = re.split(r"\n(?=  \$)", statement)
    assert sql.startswith("Statement\n  SELECT convert_to(")
    assert parameters == [
        '  $1 = "Ann" (VARCHAR, from author(by:))',
        '  $2 = "Book 01" (VARCHAR, from books(where:))',
        '  $3 = "Book 01" (VARCHAR, from books(where:))',
        f'  $4 = "{book_id(3)}" (UUID, from node(id:))',
        '  $5 = ["Book", "Author"] (TEXT[], from nodes(ids:))',
        f'  $6 = ["{book_id(3)}", "{author_id(2)}"] (TEXT[], from nodes(ids:))',
    ]
    assert (
        batch
        == """\
Remote batch 1: authors.stars
  key: authors.id
  source: tests.execution.bookshop.reviews
  arguments: stars = 4"""
    )


async def test_a_cursor_is_told_as_one(library: Library) -> None:
    page = "query ($at: String) { books(first: 2, after: $at) { nodes { id } pageInfo { endCursor } } }"
    engine = new_engine()

    answer = await engine.answer(page, engine.operation(page, None), {}, context(library))
    at = orjson.loads(answer.body)["data"]["books"]["pageInfo"]["endCursor"]
    _, plan, statement = paragraphs(library, page, at=at)
    assert plan.splitlines()[1] == "  books: the first 2 rows of books, by shelf descending; limited by a cursor"
    assert statement.splitlines()[-2] == "  $1 = 3 (INTEGER, from a cursor of books)"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("{ __schema { queryType { name } } }", "by the interpreter, all of it. No plan covers __schema."),
        ("{ books(first: 21) { nodes { id } } }", "by the interpreter, all of it. first may be at most 20 (got 21)."),
        (
            "{ " + "books(first: 20) { nodes { author { " * 4 + "name" + " } } }" * 4 + " }",
            "refused. The answer may hold 336,840 rows; 50,000 is the limit. "
            "Ask for smaller pages, or for fewer within each other.",
        ),
    ],
)
async def test_what_has_no_plan_says_why(library: Library, query: str, reason: str) -> None:
    (summary,) = paragraphs(library, query)
    assert summary.splitlines()[0] == f"query: {reason}"


async def test_what_it_took_stands_beside_it(library: Library) -> None:
    query = "{ authors { stars } }"
    engine = new_engine()
    explanation = engine.explanation(engine.operation(query, None), {}, context(library))
    assert explanation.prepared is not None
    down = RuntimeError("stars is down")
    trace = Trace(
        statements=[StatementRun(explanation.prepared.island.sql, 1, 1.25), StatementRun("SELECT 2", 2, 0.5)],
        batches=[BatchRun(("authors", "stars"), 3, [down, down], 7.0)],
    )
    scan = {"Relation Name": "authors", "Actual Rows": 1.5, "Actual Loops": 2}
    postgres = {
        "Plan": {"Shared Hit Blocks": 1200, "Shared Read Blocks": 3, "Plans": [scan, {"Plans": [scan]}]},
        "Planning Time": 0.1,
        "Execution Time": 2,
    }
    analysis = Analysis(trace, 12.5, 1234, ["authors.0.stars: stars is down"], postgres)
    summary, _, statement, batch, call, further = explained(explanation, analysis).split("\n\n")
    assert summary.splitlines()[2:] == ["took: 12.500 ms for 1,234 bytes", "error: authors.0.stars: stars is down"]
    assert statement.splitlines()[-4:] == [
        "  took 1.250 ms for 1 row",
        "  Postgres: planning 0.100 ms, execution 2.000 ms",
        "  buffers: 1,200 hit, 3 read",
        "  rows read: authors 6",
    ]
    assert batch.startswith("Remote batch 1: authors.stars\n")
    assert call == "Asked for authors.stars: 3 keys in 7.000 ms, 2 failed\n  stars is down"
    assert further == "Statement of a batch, 0.500 ms for 2 rows\n  SELECT 2\n"


def test_a_clause_a_line_and_texts_as_they_were() -> None:
    within = "(SELECT count(*) AS n \nFROM u WHERE u.id = t.id)"
    sql = f"SELECT 'a (SELECT  FROM ''x''' || t.\"FROM\", {within} FROM t WHERE (a OR b)"
    assert (
        laid_out(sql)
        == """\
SELECT 'a (SELECT  FROM ''x''' || t."FROM", (
  SELECT count(*) AS n
  FROM u
  WHERE u.id = t.id
)
FROM t
WHERE (a OR b)"""
    )
    assert laid_out("SELECT '\x01\\2\n', t.a AS a, 't.b AS b', t.c AS d") == (
        "SELECT E'\\x01\\\\2\\x0a', t.a, 't.b AS b', t.c AS d"
    )
    assert laid_out("SELECT " + ", ".join(["a_name_of_twenty_char"] * 6)) == (
        "SELECT a_name_of_twenty_char, a_name_of_twenty_char, a_name_of_twenty_char, a_name_of_twenty_char,\n"
        "  a_name_of_twenty_char, a_name_of_twenty_char"
    )


async def test_what_is_printed_is_what_runs(library: Library) -> None:
    engine = new_engine()
    explanation = engine.explanation(engine.operation(EVERYTHING, None), {"ids": IDS}, context(library))
    assert explanation.prepared is not None
    sql, parameters = explanation.prepared.island.sql, explanation.prepared.parameters
    assert laid_out(sql) != sql
    ((as_it_is,),) = await library.connections.rows(sql, parameters)
    ((as_printed,),) = await library.connections.rows(laid_out(sql), parameters)
    assert as_printed == as_it_is


async def traced(engine: Engine, library: Library, query: str, way: Way | None = None) -> Answer:
    return await engine.traced_answer(query, engine.operation(query, None), {}, context(library), way)


def plan_of(answer: Answer) -> dict[str, Any]:
    """`extensions.plan` without its times, which are checked to be such."""
    plan: dict[str, Any] = orjson.loads(answer.body)["extensions"]["plan"]
    times = [*plan.pop("ms").values(), *(each.pop("ms") for each in plan["batches"])]
    assert all(isinstance(each, float) and each >= 0 for each in times)
    return plan


@pytest.mark.parametrize(("way", "reason"), [(None, None), (Way.INTERPRETER, "The request asked for the interpreter.")])
async def test_an_answer_tells_how_it_came_about(library: Library, way: Way | None, reason: str | None) -> None:
    query = "{ authors { name rating: stars } }"
    engine = new_engine()
    answer = await traced(engine, library, query, way)
    plain = await engine.answer(query, engine.operation(query, None), {}, context(library), way)
    assert answer.way is (way or Way.PLAN)
    assert answer.body.startswith(plain.body[:-1] + b',"extensions":{"plan":{')
    assert plan_of(answer) == {
        "engine": answer.way,
        "reason": reason,
        "cost": {"rows": 3, "values": 6},
        "statements": 1,
        "batches": [{"path": ["authors", "rating"], "keys": 3, "failed": 1}],
    }


async def test_a_batch_that_breaks_is_told_as_well(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.execution.bookshop.calls", None)
    answer = await traced(new_engine(), library, "{ authors(first: 2) { stars } }")
    assert plan_of(answer)["batches"] == [{"path": ["authors", "stars"], "keys": 2, "failed": 2}]


async def test_the_interpreter_counts_its_statements_too(library: Library) -> None:
    answer = await traced(new_engine(), library, "{ authors { shelf { title } } __schema { __typename } }")
    assert plan_of(answer) == {
        "engine": "interpreter",
        "reason": "No plan covers __schema.",
        "cost": {"rows": 33, "values": 31},
        "statements": 2,
        "batches": [],
    }


async def test_nobody_is_told_of_the_statement_of_others(library: Library) -> None:
    engine, query = new_engine(), '{ author(by: {name: "Ann"}) { name } }'
    answers = await asyncio.gather(*(traced(engine, library, query) for _ in range(8)))
    assert [plan_of(each)["statements"] for each in answers] == [1] * 8


async def test_a_request_that_is_wrong_itself_is_told_that_alone(library: Library) -> None:
    query = "query ($n: Int!) { books(first: $n) { nodes { id } } }"
    assert b'extensions":{"plan' not in (await traced(new_engine(), library, query)).body
