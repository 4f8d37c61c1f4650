"""Texts, right or wrong, are understood once and remembered within bounds; and one of their operations is meant."""

from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, OperationType, ValidationRule

from app.execution.operations import CHARACTERS_MIN, CHARACTERS_REMEMBERED_MAX, NotExecutable, Operations
from tests.execution.bookshop import SIZES, schema

TWO = "query A { __typename } query B($n: Int) { books(first: $n) { totalCount } }"
FRAGMENT = "fragment F on Query { author(by: {name: $n}) { id } }"


class Validations:
    """Counts the documents that are validated."""

    def __init__(self) -> None:
        self.count = 0
        validations = self

        class Count(ValidationRule):
            def enter_document(self, _node: DocumentNode, *_: Any) -> None:
                validations.count += 1

        self.operations = Operations(schema, limits=[Count], tokens_max=1_000, sizes=SIZES)


def errors_of(operations: Operations, text: str, name: str | None = None) -> list[str]:
    with pytest.raises(NotExecutable) as refused:
        operations.operation(text, name)
    return [each.message for each in refused.value.errors]


def test_a_text_is_validated_once_and_its_operation_is_one_object() -> None:
    validations = Validations()
    first = validations.operations.operation("{ __typename }", None)
    assert validations.operations.operation("{ __typename }", None) is first
    assert validations.operations.errors_in("{ __typename }") == ()
    assert validations.count == 1
    validations.operations.operation("{ __typename }\n", None)
    assert validations.count == 2


@pytest.mark.parametrize(
    ("text", "message", "validated"),
    [
        ("{ nothing }", "Cannot query field 'nothing' on type 'Query'.", 1),
        ("{", "Syntax Error: Expected Name, found <EOF>.", 0),
        ("{" + " a" * 1_000 + "}", "Syntax Error: Document contains more than 1000 tokens. Parsing aborted.", 0),
    ],
)
def test_a_wrong_text_is_refused_again_without_another_look(text: str, message: str, validated: int) -> None:
    validations = Validations()
    assert errors_of(validations.operations, text) == [message]
    errors = validations.operations.errors_in(text)
    assert errors_of(validations.operations, text, "Any") == [message]
    assert validations.operations.errors_in(text) is errors
    assert validations.count == validated


def test_the_limits_come_before_the_rules_of_the_specification() -> None:
    class Limit(ValidationRule):
        def enter_document(self, _node: DocumentNode, *_: Any) -> None:
            self.report_error(GraphQLError("too large"))

    operations = Operations(schema, limits=[Limit], tokens_max=1_000, sizes=SIZES)
    assert errors_of(operations, "{ nothing }") == ["too large"]


def test_what_is_remembered_is_bounded_in_characters() -> None:
    validations = Validations()
    texts = [f"{{ __typename }} #{n}{' ' * (CHARACTERS_REMEMBERED_MAX // 3)}" for n in range(3)]
    for text in (texts[0], texts[1], texts[0], texts[2]):
        validations.operations.operation(text, None)
    assert validations.count == 3
    # The one that was not used for longest has given way, the other has not.
    validations.operations.operation(texts[0], None)
    assert validations.count == 3
    validations.operations.operation(texts[1], None)
    assert validations.count == 4


def test_short_texts_are_bounded_in_number() -> None:
    validations = Validations()
    texts = [f"{{a{n}: __typename}}" for n in range(CHARACTERS_REMEMBERED_MAX // CHARACTERS_MIN)]
    for text in (*texts, texts[0]):
        validations.operations.operation(text, None)
    assert validations.count == len(texts)
    validations.operations.operation("{ one: __typename }", None)
    validations.operations.operation(texts[1], None)
    assert validations.count == len(texts) + 2


def test_a_text_too_long_to_be_remembered_is_understood_all_the_same() -> None:
    validations = Validations()
    text = "{ __typename }" + " " * CHARACTERS_REMEMBERED_MAX
    for _ in range(2):
        assert validations.operations.operation(text, None).type is OperationType.QUERY
    assert validations.count == 2


def test_the_operation_that_is_named_or_the_only_one() -> None:
    operations = Validations().operations
    a, b = operations.operation(TWO, "A"), operations.operation(TWO, "B")
    assert (a.name, b.name) == ("A", "B")
    assert (operations.operation(TWO, "A"), operations.operation(TWO, "B")) == (a, b)
    assert operations.operation("query A { __typename }", None).name == "A"
    assert operations.operation("{ __typename }", None).name is None


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (TWO, None, "The document holds several operations: say in operationName which one is meant."),
        (TWO, "C", 'Unknown operation named "C".'),
        (TWO, "", 'Unknown operation named "".'),
        ("{ __typename }", "A", 'Unknown operation named "A".'),
    ],
)
def test_no_operation_is_guessed(text: str, name: str | None, message: str) -> None:
    operations = Validations().operations
    for _ in range(2):
        assert errors_of(operations, text, name) == [message]


def test_the_variables_of_conditions_are_told_by_name() -> None:
    query = """query ($b: Boolean!, $a: Boolean!, $n: Int) {
        books(first: $n) @skip(if: $b) { totalCount } ...F @include(if: true) }
        fragment F on Query { __typename @include(if: $a) }"""
    assert Validations().operations.operation(query, None).conditions == ("a", "b")


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (f"{FRAGMENT} query ($n: String!) {{ ...F }}", []),
        (f"query A($n: String!) {{ ...F }} query B {{ __typename }} {FRAGMENT}", []),
        ("{ author(by: {name: $n}) { id } }", ["Variable '$n' is not defined."]),
    ],
)
def test_fragments_with_inputs_of_one_field(text: str, messages: list[str]) -> None:
    assert [each.message for each in Validations().operations.errors_in(text)] == messages


@pytest.mark.parametrize(
    "text",
    [
        "query ($n: String) { author(by: {name: $n}) { id } }",
        'query ($n: String = "x") { author(by: {name: $n}) { id } }',
        f"query A($n: String) {{ ...F }} query B($n: String!) {{ ...F }} {FRAGMENT}",
        f"{FRAGMENT} query A($n: String!) {{ ...F }} query B($n: String) {{ ...F }}",
    ],
)
def test_a_variable_that_may_be_null_cannot_be_the_one_field(text: str) -> None:
    """Without a value it would single out nothing, and the first of all rows would be the answer."""
    (error,) = Validations().operations.errors_in(text)
    assert error.message == "Variable '$n' is a field of 'AuthorLookup', so it must not be nullable."
