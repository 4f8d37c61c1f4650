"""Mutations: performed once and in turn, their rows read afterwards, and the same bytes by plan and by interpreter."""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import asyncpg
import orjson
import pytest

from app.execution.access import Granted
from app.execution.connections import Connection, Connections
from app.execution.engine import Answer, Way
from app.execution.explain import explained
from app.stores.engine import recorded_statements
from tests.execution.bookshop import Library
from tests.execution.conftest import book_id, refill
from tests.execution.lending import context, new_engine, performed


async def ask(
    library: Library,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    way: Way | None = None,
    granted: Granted = None,
) -> Answer:
    await refill(library)
    performed.clear()
    engine = new_engine()
    return await engine.answer(query, engine.operation(query, None), variables or {}, context(library, granted), way)


async def both(library: Library, query: str, **variables: Any) -> Any:
    """The answer that both ways give, without the ids of errors that are ours."""
    answers = []
    for way in (Way.INTERPRETER, Way.PLAN):
        answer = await ask(library, query, variables, way=way)
        assert answer.way is way
        answers.append((re.sub(rb"[0-9a-f]{32}", b"-", answer.body), list(performed)))
    interpreted, planned = answers
    assert planned == interpreted
    return orjson.loads(planned[0])


def mutation(*titles: str, field: str = "retitle", selection: str = "title") -> str:
    """One command after the other, each on another book."""
    commands = (
        f'c{n}: {field}(input: {{was: "Book 0{n}", title: "{title}"}}) {{ {selection} }}'
        for n, title in enumerate(titles, start=1)
    )
    return f"mutation {{ {' '.join(commands)} }}"


async def test_a_command_answers_with_its_payload_and_the_row_as_it_left_it(lending_library: Library) -> None:
    query = mutation("New", selection="__typename title was book { id title imprint { place } } author { name }")
    answer = await both(lending_library, query)
    book = {"id": f"Book:{book_id(1)}", "title": "New", "imprint": {"place": "Rome"}}
    payload = {"__typename": "Retitled", "title": "New", "was": "Book 01", "book": book, "author": {"name": "Ann"}}
    assert answer == {"data": {"c1": payload}}
    assert performed == ["New"]


async def test_each_row_is_read_before_the_next_command_is_performed(lending_library: Library) -> None:
    query = """mutation {
      __typename
      a: retitle(input: {was: "Book 01", title: "Once"}) { ...Now }
      b: retitle(input: {was: "Once", title: "Twice"}) { ...Now }
    }
    fragment Now on Retitled { book { title author { shelf { title } } } }"""
    answer = (await both(lending_library, query))["data"]
    assert answer["__typename"] == "Mutation"
    for key, title in (("a", "Once"), ("b", "Twice")):
        assert answer[key]["book"]["title"] == title
        shelf = [each["title"] for each in answer[key]["book"]["author"]["shelf"]]
        assert title in shelf
        assert "Book 01" not in shelf
    assert performed == ["Once", "Twice"]


@pytest.mark.parametrize("shown", [True, False])
async def test_variables_directives_and_merged_fields(lending_library: Library, shown: bool) -> None:
    query = """mutation ($input: RetitleInput!, $was: String!, $title: String, $shown: Boolean!, $first: Int) {
      retitle(input: $input) @include(if: $shown) { book { title } }
      retitle(input: $input) @include(if: $shown) { ... on Retitled { book { shelf } again: book { id } } }
      other: retitle(input: {was: $was, title: $title}) {
        title author { name @skip(if: $shown) books(first: $first) { nodes { title } totalCount } }
      }
    }"""
    given = {"input": {"was": "Book 01", "title": "New"}, "was": "Book 02", "shown": shown, "first": 2}
    answer = (await both(lending_library, query, **given))["data"]
    assert performed == (["New"] if shown else []) + ["Untitled"]
    assert ("retitle" in answer) is shown
    assert ("name" in answer["other"]["author"]) is not shown


async def test_commands_behind_one_that_fails_are_performed(lending_library: Library) -> None:
    answer = await both(lending_library, mutation("refused", "New", "broken", "nothing", "Last"))
    assert performed == ["refused", "New", "broken", "nothing", "Last"]
    assert answer["data"] == {"c1": None, "c2": {"title": "New"}, "c3": None, "c4": None, "c5": {"title": "Last"}}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["c1"], "BAD_USER_INPUT"),
        (["c3"], "INTERNAL"),
    ]


@pytest.mark.parametrize("title", ["refused", "broken", "nothing", "a lost author"])
async def test_where_null_must_not_stand_all_is_null_and_the_rest_is_not_performed(
    lending_library: Library, title: str
) -> None:
    query = mutation("New", title, "Last", field="mustRetitle", selection="author { name }")
    answer = await both(lending_library, query)
    assert performed == ["New", title]
    assert answer["data"] is None
    assert len(answer["errors"]) == 1


@pytest.mark.parametrize("title", ["no book", "a lost book", "no author", "a lost author", "no title", "notes"])
async def test_null_goes_as_far_as_it_must(lending_library: Library, title: str) -> None:
    selection = "title notes { text } signed { text } book { title } author { name }"
    answer = await both(lending_library, mutation(title, "Last", selection=selection))
    nulls = {key: None for key, value in (answer["data"]["c1"] or {}).items() if value is None}
    paths = [error["path"] for error in answer.get("errors", [])]
    assert (answer["data"]["c1"] is None, nulls, paths) == {
        "no book": (False, {"signed": None, "book": None}, []),
        "a lost book": (False, {"signed": None, "book": None}, []),
        "no author": (True, {}, [["c1", "author"]]),
        "a lost author": (True, {}, [["c1", "author"]]),
        "no title": (True, {}, [["c1", "title"]]),
        "notes": (False, {"signed": None}, [["c1", "notes", 1, "text"], ["c1", "signed", 1, "text"]]),
    }[title]
    assert answer["data"]["c2"]["title"] == "Last"


LISTS = "beside { title author { stars } } found { title } maybe { shelf }"


async def test_a_payload_has_a_row_for_each_of_its_keys_in_their_order(lending_library: Library) -> None:
    answer = await both(lending_library, mutation("many", "New", selection=LISTS))
    by_ann, by_nobody = {"author": {"stars": 3}}, {"author": None}
    assert answer["data"] == {
        "c1": {
            "beside": [
                {"title": "Book 04"} | by_ann,
                {"title": "Book 02"} | by_ann,
                {"title": "Book 11"} | by_nobody,
                {"title": "Book 04"} | by_ann,
            ],
            "found": [None, {"title": "Book 04"}, None],
            "maybe": [{"shelf": 1}],
        },
        "c2": {"beside": [], "found": [], "maybe": None},
    }


@pytest.mark.parametrize(
    ("title", "left", "path"),
    [
        ("one lost beside", None, ["c1", "beside", 4]),
        ("one lost of all", {"beside": [], "found": [], "maybe": None}, ["c1", "maybe", 0]),
        ("no list beside", None, ["c1", "beside"]),
    ],
)
async def test_a_row_that_is_lost_among_others(
    lending_library: Library, title: str, left: Any, path: list[str | int]
) -> None:
    answer = await both(lending_library, mutation(title, "New", selection=LISTS))
    assert answer["data"] == {"c1": left, "c2": {"beside": [], "found": [], "maybe": None}}
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [(path, "INTERNAL")]


async def test_a_remote_value_within_one_of_several_rows_fails_in_its_place(lending_library: Library) -> None:
    answer = await both(lending_library, mutation("thanks", selection="thanked { name stars(stars: 5) }"))
    assert answer["data"] == {"c1": {"thanked": [{"name": "Ann", "stars": 5}, {"name": "Cy", "stars": None}]}}
    assert [error["path"] for error in answer["errors"]] == [["c1", "thanked", 1, "stars"]]


async def test_values_behind_an_interface_are_each_of_their_type(lending_library: Library) -> None:
    selection = """remarks { by kind: __typename ... on Praise { stars } ...Reasons }"""
    fragment = " fragment Reasons on Blame { because { text } by }"
    answer = await both(lending_library, mutation("remarks", "New", selection=selection) + fragment)
    assert answer["data"]["c1"]["remarks"] == [
        {"by": "Ann", "kind": "Praise", "stars": 4},
        {"by": "Bo", "kind": "Blame", "because": None},
        None,
        {"by": "Di", "kind": "Blame", "because": [{"text": "first"}]},
    ]
    assert [error["path"] for error in answer["errors"]] == [
        ["c1", "remarks", 1, "because", 1, "text"],
        ["c1", "remarks", 2, "stars"],
    ]
    assert answer["data"]["c2"] == {"remarks": []}


async def test_a_remote_value_within_a_row_fails_in_its_place(lending_library: Library) -> None:
    query = mutation("by Cy", "New", selection="author { name stars } book { author { stars(stars: 5) } }")
    answer = await both(lending_library, query)
    assert answer["data"] == {
        "c1": {"author": {"name": "Cy", "stars": None}, "book": {"author": {"stars": 5}}},
        "c2": {"author": {"name": "Ann", "stars": 3}, "book": {"author": {"stars": 5}}},
    }
    assert answer["errors"] == [
        {
            "message": "stars is down",
            "locations": [{"line": 1, "column": 81}],
            "path": ["c1", "author", "stars"],
            "extensions": {"code": "SOURCE_UNAVAILABLE", "source": "stars"},
        }
    ]


async def test_one_statement_for_each_row_that_is_asked_for(lending_library: Library) -> None:
    reads = "book { title author { shelf { title } } } author { name books { totalCount } }"
    for selection, count in (("title", 0), ("book { title }", 1), (reads, 2), ("beside { author { name } }", 1)):
        with recorded_statements() as statements:
            await ask(lending_library, mutation("New", selection=selection), way=Way.PLAN)
        assert sum("convert_to" in each for each in statements) == count


async def test_requests_that_come_together_share_nothing(lending_library: Library) -> None:
    await refill(lending_library)
    performed.clear()
    engine = new_engine()
    query = "mutation ($title: String!) { retitle(input: {was: $title, title: $title}) { book { title } } }"
    operation = engine.operation(query, None)
    titles = [f"Book 0{n}" for n in range(6)]
    with recorded_statements() as statements:
        answers = await asyncio.gather(
            *(engine.answer(query, operation, {"title": each}, context(lending_library), Way.PLAN) for each in titles)
        )
    assert [orjson.loads(each.body)["data"]["retitle"]["book"]["title"] for each in answers] == titles
    assert sorted(performed) == titles
    reads = [each for each in statements if "convert_to" in each]
    assert len(reads) == 6
    assert "unnest" not in reads[0]


BEHIND = [
    # What fails further than its own place.
    ("book { shout }", {}),
    ("author { stars shelf { shout } }", {}),
    ("book { imprint { house } }", {}),
    # What is wrong with the request.
    ("author { books(first: 99) { totalCount } }", {}),
    ('author { books(after: "%%%") { totalCount } }', {}),
    ("author { books(first: $first) { totalCount } }", {"first": -1}),
]


@pytest.mark.parametrize(("selection", "variables"), BEHIND)
async def test_what_no_plan_covers_is_left_to_the_interpreter_before_anything_is_performed(
    lending_library: Library, selection: str, variables: dict[str, Any]
) -> None:
    query = mutation("New", "Newer", selection=selection)
    if variables:
        query = query.replace("mutation", "mutation ($first: Int)")
    await assert_left_to_the_interpreter(lending_library, query, variables)
    assert performed == ["New", "Newer"]


async def test_a_command_that_answers_with_no_object_is_left_to_the_interpreter(lending_library: Library) -> None:
    query = 'mutation { c1: retitle(input: {was: "Book 01", title: "New"}) { title } titles }'
    answer = await assert_left_to_the_interpreter(lending_library, query, {})
    assert answer == {"data": {"c1": {"title": "New"}, "titles": ["a", "b"]}}
    assert performed == ["New", "titles"]


async def test_where_a_null_goes_further_up_each_is_performed_once(lending_library: Library) -> None:
    query = mutation("Bare", "New", selection="book { imprint { house place } }")
    answer = await assert_left_to_the_interpreter(lending_library, query, {})
    assert performed == ["Bare", "New"]
    assert answer["data"] == {
        "c1": {"book": {"imprint": None}},
        "c2": {"book": {"imprint": {"house": "New", "place": "Rome"}}},
    }
    assert [error["path"] for error in answer["errors"]] == [["c1", "book", "imprint", "house"]]


async def assert_left_to_the_interpreter(library: Library, query: str, variables: Mapping[str, Any]) -> Any:
    refused = await ask(library, query, variables, way=Way.PLAN)
    assert (refused.way, performed) == (None, [])
    answer = await ask(library, query, variables)
    assert answer.way is Way.INTERPRETER
    return orjson.loads(answer.body)


async def test_a_caller_without_the_scope_of_a_part_gets_the_rest(lending_library: Library) -> None:
    query = mutation("New", "Newer", selection="title was")
    answer = await ask(lending_library, query, granted=frozenset())
    told = orjson.loads(answer.body)
    assert (answer.way, performed) == (Way.INTERPRETER, ["New", "Newer"])
    assert told["data"] == {"c1": {"title": "New", "was": None}, "c2": {"title": "Newer", "was": None}}
    assert [error["path"] for error in told["errors"]] == [["c1", "was"], ["c2", "was"]]


async def test_a_command_is_performed_for_those_alone_who_have_its_scope(lending_library: Library) -> None:
    query = mutation("New", field="shelve", selection="title book { shelf }")
    forbidden = await ask(lending_library, query, granted=frozenset())
    assert performed == []
    assert orjson.loads(forbidden.body)["data"] == {"c1": None}
    answer = await ask(lending_library, query, granted=frozenset({"shelf:read"}))
    assert (answer.way, performed) == (Way.PLAN, ["New"])
    assert orjson.loads(answer.body) == {"data": {"c1": {"title": "New", "book": {"shelf": 0}}}}


async def test_what_costs_too_much_is_refused_before_anything_is_performed(lending_library: Library) -> None:
    page = "books(first: 20) { nodes { author { "
    deep = page * 5 + "name" + " } } }" * 5
    answer = await ask(lending_library, mutation("New", selection=f"author {{ {deep} }}"))
    assert (answer.way, performed) == (None, [])


async def test_each_row_that_a_command_answers_with_costs_one() -> None:
    query = mutation("New", "Newer", selection="title book { title } author { name }")
    cost = new_engine().operation(query, None).cost({})
    assert (cost.rows, cost.reads, cost.values) == (4, 4, 6)
    cost = new_engine().operation(mutation("New", selection="beside { title author { name } }"), None).cost({})
    assert (cost.rows, cost.reads, cost.values) == (20, 2, 20)


async def test_what_it_took_is_told_by_the_place_in_the_answer(lending_library: Library) -> None:
    await refill(lending_library)
    engine, query = new_engine(), mutation("New", "Newer", selection="book { title } author { stars }")
    answer = await engine.traced_answer(query, engine.operation(query, None), {}, context(lending_library))
    told = orjson.loads(answer.body)["extensions"]["plan"]
    assert (told["engine"], told["statements"]) == ("plan", 4)
    assert [batch["path"] for batch in told["batches"]] == [["c1", "author", "stars"], ["c2", "author", "stars"]]


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (OSError("no route"), "SOURCE_UNAVAILABLE"),
        (asyncpg.QueryCanceledError("too slow"), "TIMEOUT"),
        (asyncpg.UndefinedTableError("no such table"), "INTERNAL"),
        (RuntimeError("anything"), "INTERNAL"),
    ],
)
async def test_a_row_that_cannot_be_read_is_an_error_and_nothing_is_performed_again(
    lending_library: Library, failure: Exception, code: str
) -> None:
    async def connect() -> Connection:
        raise failure

    broken = Library(lending_library.engine, Connections(connect, connections_max=1))
    told = await both(broken, mutation("New", "Newer", selection="title book { title }"))
    assert performed == ["New", "Newer"]
    assert told["data"] == {"c1": {"title": "New", "book": None}, "c2": {"title": "Newer", "book": None}}
    assert [(error["path"], error["extensions"]["code"]) for error in told["errors"]] == [
        (["c1", "book"], code),
        (["c2", "book"], code),
    ]


async def test_a_command_that_finds_no_store_says_so(lending_library: Library) -> None:
    told = await both(lending_library, mutation("lost", "away", "starting", "broken off", "wrong"))
    assert [error["extensions"]["code"] for error in told["errors"]] == [*["SOURCE_UNAVAILABLE"] * 4, "INTERNAL"]
    assert told["errors"][0]["message"] == "The store cannot be reached; try again in a moment."


async def test_a_request_that_ends_in_the_midst_performs_nothing_further(lending_library: Library) -> None:
    async def connect() -> Connection:
        asking.cancel()
        return await asyncio.Future()

    broken = Library(lending_library.engine, Connections(connect, connections_max=1))
    asking = asyncio.ensure_future(ask(broken, mutation("New", "Newer", selection="book { title }")))
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert performed == ["New"]


async def test_a_mutation_in_words(lending_library: Library) -> None:
    engine = new_engine()
    query = mutation("New", "Newer", selection="title author { name stars }")
    explanation = engine.explanation(engine.operation(query, None), {}, context(lending_library))
    summary, plan, statement, batch, *second = explained(explanation).removesuffix("\n").split("\n\n")
    assert (
        summary.splitlines()[0] == "mutation: by plan, each command in turn and 2 statements for rows of their answers"
    )
    assert (
        plan
        == """\
Plan of c1.author
  author: the row whose key the command answers with
    on Author
      name
      stars: remote batch 1"""
    )
    assert statement.splitlines()[-1] == "  $1 = null (UUID, from what the command answers with)"
    assert batch.splitlines()[0] == "Remote batch 1: author.stars"
    assert [each.splitlines()[0] for each in second] == [
        "Plan of c2.author",
        "Statement",
        "Remote batch 1: author.stars",
    ]
