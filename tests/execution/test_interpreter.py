"""Each kind of source answers what it declares, in a number of statements that the query's shape decides."""

from typing import Any

import pytest

from app.stores.engine import recorded_statements
from tests.execution.bookshop import Library, calls, context, schema
from tests.execution.conftest import author_id, book_id


async def ask(library: Library, query: str, *, statements: int, **variables: Any) -> Any:
    """The data of a query that succeeds with this number of statements."""
    with recorded_statements() as recorded:
        result = await schema.execute(query, variable_values=variables, context_value=context(library))
    assert result.errors is None
    assert len(recorded) == statements, recorded
    return result.data


async def test_scalars_composites_and_values_of_the_same_row(library: Library) -> None:
    query = """{ books(first: 3) { nodes {
        id title price { cents label } progress { read left } shout(mark: "?") plain: shout } } }"""
    data = await ask(library, query, statements=1)
    assert data["books"]["nodes"][0] == {
        "id": f"Book:{max(book_id(n) for n in (9, 10, 11))}",
        "title": "Book 09",
        "price": {"cents": 900, "label": "9.00"},
        "progress": {"read": 9, "left": 91},
        "shout": "BOOK 09?",
        "plain": "BOOK 09!",
    }


async def test_a_composite_is_null_with_its_first_column(library: Library) -> None:
    data = await ask(library, '{ books(where: {title: "Book 01"}) { nodes { price { label } } } }', statements=1)
    assert data["books"]["nodes"] == [{"price": None}]


async def test_relations_load_once_for_all_rows(library: Library) -> None:
    query = "{ authors(first: 3) { name shelf { title } loans { title author { name } } } }"
    data = await ask(library, query, statements=4)
    assert data["authors"] == [
        {"name": "Ann", "shelf": [{"title": f"Book {n:02}"} for n in _by_shelf_and_id(range(7))], "loans": []},
        {
            "name": "Ben",
            "shelf": [{"title": f"Book {n:02}"} for n in _by_shelf_and_id(range(7, 10))],
            "loans": [{"title": "Book 02", "author": {"name": "Ann"}}, {"title": "Book 04", "author": {"name": "Ann"}}],
        },
        {"name": "Cy", "shelf": [], "loans": []},
    ]


async def test_a_page_of_each_parent_is_one_statement_and_counting_is_lazy(library: Library) -> None:
    query = """query ($count: Boolean!) { authors { name books(first: 2, where: {shelf: [1, 2, 3]}) {
        nodes { title } pageInfo { hasNextPage hasPreviousPage } totalCount @include(if: $count) } } }"""
    without = await ask(library, query, statements=2, count=False)
    assert [len(author["books"]["nodes"]) for author in without["authors"]] == [2, 2, 0]
    data = await ask(library, query, statements=3, count=True)
    assert [author["books"]["totalCount"] for author in data["authors"]] == [4, 3, 0]
    assert [author["books"]["pageInfo"]["hasNextPage"] for author in data["authors"]] == [True, True, False]


async def test_the_same_field_with_other_arguments_is_another_page(library: Library) -> None:
    query = """{ authors { few: books(first: 1) { nodes { title } }
        titled: books(first: 9, sortBy: {field: TITLE, direction: DESC}) { nodes { title } } } }"""
    ann = (await ask(library, query, statements=3))["authors"][0]
    assert ann["few"]["nodes"] == [{"title": "Book 06"}]
    assert [node["title"] for node in ann["titled"]["nodes"]] == [f"Book {n:02}" for n in range(6, -1, -1)]


async def test_batched_values_come_in_one_call_and_fail_one_by_one(library: Library) -> None:
    calls.clear()
    result = await schema.execute("{ authors { name stars(stars: 5) } }", context_value=context(library))
    assert calls == [[author_id(1), author_id(2), author_id(15)]]
    assert result.data == {
        "authors": [{"name": "Ann", "stars": 5}, {"name": "Ben", "stars": 5}, {"name": "Cy", "stars": None}]
    }
    assert [(error.path, error.message) for error in result.errors or []] == [
        (["authors", 2, "stars"], "stars is down")
    ]


async def test_a_value_is_there_for_others_when_one_who_asked_for_it_has_failed(library: Library) -> None:
    query = """{ failing: author(by: {name: "Ann"}) { books(first: 99) { nodes { id } } subject { id } }
        other: author(by: {name: "Ann"}) { subject { id } } }"""
    result = await schema.execute(query, context_value=context(library))
    assert result.data == {"failing": None, "other": {"subject": {"id": f"Book:{book_id(0)}"}}}
    assert [error.path for error in result.errors or []] == [["failing", "books"]]


async def test_references_and_ids_find_rows_of_any_type(library: Library) -> None:
    subject = f"Book:{book_id(0)}"
    data = await ask(library, "{ authors { subject { id ... on Book { title } } } }", statements=2)
    assert data["authors"][0]["subject"] == {"id": subject, "title": "Book 00"}
    assert data["authors"][1]["subject"] is None
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Author { name } ... on Book { title } } }"
    ids = [subject, f"Author:{author_id(2)}", f"Book:{book_id(500)}", subject]
    found = (await ask(library, query, statements=2, ids=ids))["nodes"]
    book = {"__typename": "Book", "title": "Book 00"}
    assert found == [book, {"__typename": "Author", "name": "Ben"}, None, book]


async def test_lookups(library: Library) -> None:
    query = "query ($by: AuthorLookup!) { author(by: $by) { name } }"
    ben = {"author": {"name": "Ben"}}
    assert await ask(library, query, statements=1, by={"name": "Ben"}) == ben
    assert await ask(library, query, statements=1, by={"id": f"Author:{author_id(2)}"}) == ben
    assert await ask(library, query, statements=1, by={"name": "Nobody"}) == {"author": None}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            '{ node(id: "nonsense") { id } }',
            '"nonsense" is not an id: ids look like "Order:0192…" and come from this API.',
        ),
        ('{ node(id: "Book:12") { id } }', '"Book:12" is not an id: what follows the colon is not a UUID.'),
        (
            '{ node(id: "Query:1") { id } }',
            '"Query:1" is not an id: there is no type Query that can be looked up by id.',
        ),
        (
            f'{{ author(by: {{id: "Book:{book_id(1)}"}}) {{ name }} }}',
            f'"Book:{book_id(1)}" names a thing of type Book; here one of type Author is needed.',
        ),
        ('{ nodes(ids: ["1", "2", "3", "4", "5", "6"]) { id } }', "At most 5 ids at a time (got 6)."),
        ("{ books(first: 21) { nodes { id } } }", "first may be at most 20 (got 21)."),
        ("{ books(last: -1) { nodes { id } } }", "last must not be negative (got -1)."),
        ("{ books(first: 1, last: 1) { nodes { id } } }", "first and last exclude each other: ask for one of them."),
        (
            '{ books(after: "%%%") { nodes { id } } }',
            '"%%%" is not a cursor: take one from pageInfo or an edge.',
        ),
        ("{ authors(first: 99) { id } }", "first may be at most 20 (got 99)."),
    ],
)
async def test_wrong_arguments_are_refused_without_a_statement(library: Library, query: str, message: str) -> None:
    with recorded_statements() as recorded:
        result = await schema.execute(query, context_value=context(library))
    assert [error.message for error in result.errors or []] == [message]
    assert recorded == []


async def test_a_cursor_of_another_order_is_refused(library: Library) -> None:
    data = await ask(library, "{ books(first: 1) { pageInfo { endCursor } } }", statements=1)
    cursor = data["books"]["pageInfo"]["endCursor"]
    query = "query ($after: String) { books(after: $after, sortBy: {field: TITLE, direction: ASC}) { nodes { id } } }"
    result = await schema.execute(query, variable_values={"after": cursor}, context_value=context(library))
    assert [error.message for error in result.errors or []] == [
        f'The cursor "{cursor}" belongs to another sort order; start again without it.'
    ]


def _by_shelf_and_id(numbers: range) -> list[int]:
    return sorted(numbers, key=lambda n: (n // 3, book_id(n)))
