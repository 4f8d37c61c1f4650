"""GraphQL's own rules, as the API keeps them: what a document must be, and what executing one must give.

Written after the scenarios of graphql-cats (github.com/graphql-cats/graphql-cats, read 2026-11) and the sections of the
specification that they stand for (October 2021), in documents of our own on the demo's schema: no registry carries the
scenarios as a package, and they need schemas whose resolvers are made of directives. Left out are

- parsing of schemas: a request may not hold definitions of types, which stands below under 5.1.1;
- unions: the schema has none; interfaces are asked in their place;
- executing what does not validate (a fragment within itself, unknown fields): here nothing is executed then;
- the refusal of a default for a variable that must not be null: since 2018 the specification allows it;
- resolvers that throw or promise: what a source that fails costs, tests/graphql/test_dead_sources.py says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.stores.engine import recorded_statements
from app.wiring import Demo
from tests.fixtures_demo import client_of
from tests.graphql.asking import data_of

PLAN, INTERPRETER, EITHER = "plan", "interpreter", ""

SYNTAX = {
    "an end too early": "{ __typename »",
    "an end within arguments": "{ orders(first: 1»",
    "no selection": "query A»",
    "no arguments within parentheses": "{ orders(») { nodes { id } } }",
    "no variables within parentheses": "query (») { __typename }",
    "a value in the place of a field": '{ »"locations" }',
    "an unknown keyword": "»question { __typename }",
    "a fragment with the name on": "{ __typename } fragment »on on Query { __typename }",
    "a variable in a default": "query ($a: Int, $b: Int = »$a) { __typename }",
    "a text without an end": '{ product(sku: "SLP) { sku } }»',
    "a line break within a text": '{ product(sku: "SLP»\n") { sku } }',
    "an unknown escape": '{ product(sku: "»\\x41") { sku } }',
    "an unknown character": "{ __typename »? }",
    "a number that begins with zero": "{ orders(first: 0»1) { nodes { id } } }",
    "a number with a name behind it": "{ orders(first: 1»a) { nodes { id } } }",
    "nothing but a comment": "# nothing»",
}
"""The error lies where » stands."""


@dataclass(frozen=True)
class Rule:
    """Of section 5, Validation: `broken` breaks it where each » stands; `kept` is as near as may be and keeps it."""

    section: str
    broken: str
    kept: str
    operation: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


RULES = {
    "only what can be executed": Rule("5.1.1", "{ __typename } »type Query { a: Int }", "{ __typename }"),
    "names of operations are unique": Rule(
        "5.2.1.1",
        "query »A { __typename } query »A { locations { key } }",
        "query A { __typename } query B { locations { key } }",
        operation="A",
    ),
    "an operation without a name is alone": Rule("5.2.2.1", "»{ __typename } query A { __typename }", "{ __typename }"),
    "the schema has such operations": Rule("5.2.3", "»subscription { __typename }", "query { __typename }"),
    "fields are there": Rule("5.3.1", "{ locations { »color } }", "{ locations { color: key } }"),
    "fields are there behind an alias": Rule("5.3.1", "{ locations { »key: color } }", "{ locations { key: name } }"),
    "fields are there on the interface": Rule(
        "5.3.1",
        '{ node(id: "Order:00000000-0000-0000-0000-000000000000") { »number } }',
        '{ node(id: "Order:00000000-0000-0000-0000-000000000000") { __typename id ... on Order { number } } }',
    ),
    "fields are there within fragments": Rule(
        "5.3.1",
        "{ locations { ...Part ... { ... on Location { »color } } } } fragment Part on Location { »shape }",
        "{ locations { ...Part ... { ... on Location { key } } } } fragment Part on Location { name }",
    ),
    "fields of one name are the same field": Rule(
        "5.3.2", "{ locations { »a: key »a: name } }", "{ locations { a: key a: key } }"
    ),
    "fields of one name have the same arguments": Rule(
        "5.3.2",
        "{ »orders(first: 1) { nodes { id } } »orders(first: 2) { nodes { id } } }",
        "{ orders(first: 1) { nodes { id } } orders(first: 1) { nodes { number } } }",
    ),
    "fields of one name merge, through fragments and levels": Rule(
        "5.3.2",
        "{ »orders { »nodes { »a: number } } ...Part } fragment Part on Query { »orders { »nodes { »a: status } } }",
        "{ orders { nodes { a: number } } ...Part } fragment Part on Query { orders { nodes { b: status } } }",
    ),
    "fields of one name on two types have the same shape": Rule(
        "5.3.2",
        '{ node(id: "Order:00000000-0000-0000-0000-000000000000") {'
        " ... on Order { »a: number } ... on Customer { »a: version } } }",
        '{ node(id: "Order:00000000-0000-0000-0000-000000000000") {'
        " ... on Order { a: number } ... on Customer { a: number } } }",
    ),
    "objects need a selection": Rule("5.3.3", "{ »locations }", "{ locations { key } }"),
    "interfaces need a selection": Rule(
        "5.3.3",
        '{ »node(id: "Order:00000000-0000-0000-0000-000000000000") }',
        '{ node(id: "Order:00000000-0000-0000-0000-000000000000") { id } }',
    ),
    "scalars have no selection": Rule("5.3.3", "{ locations { key »{ length } } }", "{ locations { key } }"),
    "enums have no selection, behind a directive": Rule(
        "5.3.3", "{ locations { kind @include(if: true) »{ name } } }", "{ locations { kind @include(if: true) } }"
    ),
    "arguments are there": Rule(
        "5.4.1", "{ orders(»most: 1) { nodes { id } } }", "{ orders(first: 1) { nodes { id } } }"
    ),
    "arguments of directives are there": Rule(
        "5.4.1", "{ __typename @include(if: true, »unless: false) }", "{ __typename @include(if: true) }"
    ),
    "arguments are unique": Rule(
        "5.4.2",
        "{ orders(»first: 1, »first: 1) { nodes { id } } }",
        "{ orders(first: 1, after: null) { nodes { id } } }",
    ),
    "required arguments are given": Rule("5.4.2.1", "{ »product { sku } }", '{ product(sku: "SLP-PADR") { sku } }'),
    "required arguments of directives are given": Rule(
        "5.4.2.1", "{ __typename »@skip }", "{ __typename @skip(if: false) }"
    ),
    "required arguments are not null": Rule(
        "5.4.2.1", "{ product(sku: »null) { sku } }", '{ product(sku: "") { sku } }'
    ),
    "names of fragments are unique": Rule(
        "5.5.1.1",
        "{ ...A } fragment »A on Query { __typename } fragment »A on Query { __typename }",
        "{ ...A ...B } fragment A on Query { __typename } fragment B on Query { __typename }",
    ),
    "types of fragments are there": Rule(
        "5.5.1.2",
        "{ ...A ... on »Nothing { a } } fragment A on »Nothing { a }",
        "{ ...A ... on Query { __typename } } fragment A on Query { __typename }",
    ),
    "fragments are on types with fields": Rule(
        "5.5.1.3", "{ ... on »Int { a } ...A } fragment A on »OrderWhere { sku }", "{ ... on Query { __typename } }"
    ),
    "fragments are used": Rule(
        "5.5.1.4", "{ __typename } »fragment A on Query { __typename }", "{ ...A } fragment A on Query { __typename }"
    ),
    "fragments that are spread are there": Rule("5.5.2.1", "{ ...»A }", "{ ...A } fragment A on Query { __typename }"),
    "fragments do not hold themselves": Rule(
        "5.5.2.2",
        "{ ...A } fragment A on Query { »...B } fragment B on Query { »...A }",
        "{ ...A ...B } fragment A on Query { ...B } fragment B on Query { __typename }",
    ),
    "an object is only of its own type": Rule(
        "5.5.2.3", "{ locations { »... on Order { number } } }", "{ locations { ... on Location { key } } }"
    ),
    "an object is of its interfaces": Rule(
        "5.5.2.3",
        "{ pageInfo: orders { pageInfo { »... on Node { id } } } }",
        "{ locations { ... on Node { id ... on Location { key } } } }",
    ),
    "numbers are numbers": Rule(
        "5.6.1",
        '{ a: orders(first: »"1") { nodes { id } } b: orders(first: »1.0) { nodes { id } } }',
        "{ a: orders(first: 1) { nodes { id } } b: orders(first: -0) { nodes { id } } }",
    ),
    "whole numbers have 32 bits": Rule(
        "5.6.1",
        "{ orders(first: »2147483648) { nodes { id } } }",
        "query ($a: Int! = 2147483647) { __typename orders(first: $a) @skip(if: true) { nodes { id } } }",
    ),
    "texts are texts": Rule(
        "5.6.1",
        "{ a: product(sku: »1) { sku } b: product(sku: »SLP) { sku } }",
        '{ a: product(sku: "1") { sku } b: product(sku: """SLP""") { sku } }',
    ),
    "enums are names": Rule(
        "5.6.1",
        '{ a: orders(where: {status: »"DRAFT"}) { nodes { id } } b: orders(where: {status: »LOST}) { nodes { id } } }',
        "{ a: orders(where: {status: [DRAFT]}) { nodes { id } } b: orders(where: {status: DRAFT}) { nodes { id } } }",
    ),
    "conditions are booleans": Rule(
        "5.6.1", '{ __typename @include(if: »"true") }', "{ __typename @include(if: true) }"
    ),
    "objects are objects": Rule(
        "5.6.1",
        '{ customers(where: »"PERSON") { nodes { id } } }',
        "{ customers(where: {kind: PERSON}) { nodes { id } } }",
    ),
    "one of several is exactly one": Rule(
        "5.6.1",
        '{ a: customer(by: »{number: "1", email: "a"}) { id } b: customer(by: »{}) { id } }',
        '{ a: customer(by: {number: "1"}) { id } b: customer(by: {email: "a"}) { id } }',
    ),
    "defaults are of their variable's type": Rule(
        "5.6.1",
        'query ($a: Int = »"one", $b: OrderWhere = {sku: »4}) { orders(first: $a, where: $b) { nodes { id } } }',
        'query ($a: Int = 1, $b: OrderWhere = {sku: "4"}) { orders(first: $a, where: $b) { nodes { id } } }',
    ),
    "fields of inputs are there": Rule(
        "5.6.2",
        "{ customers(where: {»age: 1}) { nodes { id } } }",
        "{ customers(where: {kind: PERSON}) { nodes { id } } }",
    ),
    "fields of inputs are unique": Rule(
        "5.6.3",
        "{ customers(where: {»kind: PERSON, »kind: PERSON}) { nodes { id } } }",
        "{ customers(where: {kind: PERSON, tags: []}) { nodes { id } } }",
    ),
    "required fields of inputs are given": Rule(
        "5.6.4",
        "{ orders(sortBy: »{field: NUMBER}) { nodes { id } } }",
        "{ orders(sortBy: {field: NUMBER, direction: ASC}) { nodes { id } } }",
    ),
    "directives are there": Rule("5.7.1", "{ __typename »@preclude(if: true) }", "{ __typename @include(if: true) }"),
    "directives stand where they may": Rule(
        "5.7.2",
        "query »@skip(if: false) { __typename »@deprecated }",
        "query { __typename @skip(if: false) ... @skip(if: false) { __typename } }",
    ),
    "directives are unique": Rule(
        "5.7.3",
        "{ __typename »@skip(if: false) »@skip(if: false) }",
        "{ __typename @skip(if: false) @include(if: true) }",
    ),
    "variables are unique": Rule(
        "5.8.1",
        "query ($»a: Int, $»a: Int) { orders(first: $a) { nodes { id } } }",
        "query ($a: Int, $b: String) { orders(first: $a, after: $b) { nodes { id } } }",
    ),
    "variables are inputs": Rule(
        "5.8.2",
        "query (»$a: »Order) { __typename @include(if: »$a) }",
        "query ($a: Boolean!) { __typename @include(if: $a) }",
        variables={"a": True},
    ),
    "variables are declared": Rule(
        "5.8.3",
        "»query A { orders(first: »$a) { nodes { id } } }",
        "query A($a: Int) { orders(first: $a) { nodes { id } } }",
    ),
    "variables are declared for fragments too": Rule(
        "5.8.3",
        "»query A { ...Part } fragment Part on Query { orders(first: »$a) { nodes { id } } }",
        "query A($a: Int) { ...Part } fragment Part on Query { orders(first: $a) { nodes { id } } }",
    ),
    "variables are used": Rule(
        "5.8.4",
        "query (»$a: Int) { __typename }",
        "query ($a: Int) { ...Part } fragment Part on Query { orders(first: $a) { nodes { id } } }",
    ),
    "variables fit where they stand": Rule(
        "5.8.5",
        "query (»$a: String) { product(sku: »$a) { sku } }",
        'query ($a: String = "SLP-PADR") { product(sku: $a) { sku } }',
    ),
    "lists do not fit where one value stands": Rule(
        "5.8.5",
        "query (»$a: [Int]) { orders(first: »$a) { nodes { id } } }",
        "query ($a: [String!]) { events(types: $a) { nodes { id } } }",
    ),
}
"""By what holds."""
of_each_rule = pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=f"{rule.section} {name}") for name, rule in RULES.items()]
)


@dataclass(frozen=True)
class Execution:
    """Of section 6: what is answered, exactly. `errors` are codes and paths."""

    document: str
    data: Any
    operation: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[tuple[str, list[Any]], ...] = ()
    has_plan: bool = True


PAD = {"sku": "SLP-PADR", "quantity": 2}
TENT = {"sku": "TNT-DUO2", "quantity": 1}
ORDER = 'order(by: {number: "1001"})'
EXECUTIONS = {
    "fields, aliases, fragments, arguments, lists and nulls": Execution(
        """query Example($number: String!, $first: Int) {
          order(by: {number: $number}) {
            number, x: status ...Rest canceledAt ... on Order { customer { ...Person } } } }
        fragment Rest on Order { channel lines { sku quantity } metadata }
        fragment Person on Customer { number orders(last: $first) { nodes { number customer { number } } } }""",
        {
            "order": {
                "number": "1001",
                "x": "COMPLETED",
                "channel": "shopify",
                "lines": [PAD, TENT],
                "metadata": None,
                "canceledAt": None,
                "customer": {
                    "number": "C100001",
                    "orders": {"nodes": [{"number": "1001", "customer": {"number": "C100001"}}]},
                },
            }
        },
        operation="Example",
        variables={"number": "1001", "first": 1},
    ),
    "parallel fragments merge, at every level": Execution(
        f"""{{ {ORDER} {{ number }} ...One ...Two }}
        fragment One on Query {{ {ORDER} {{ lines {{ sku }} customer {{ number }} }} }}
        fragment Two on Query {{ {ORDER} {{ lines {{ quantity }} customer {{ displayName }} status }} }}""",
        {
            "order": {
                "number": "1001",
                "lines": [PAD, TENT],
                "customer": {"number": "C100001", "displayName": "Ada Lovelace"},
                "status": "COMPLETED",
            }
        },
    ),
    "fields come in the order in which they are met": Execution(
        f"{{ {ORDER} {{ b: status ... {{ c: channel a: number }} d: currency a: number }} }}",
        {"order": {"b": "COMPLETED", "c": "shopify", "a": "1001", "d": "USD"}},
    ),
    "a field asked twice is answered once": Execution(
        f"{{ {ORDER} {{ number number lines {{ sku }} lines {{ sku quantity }} }} }}",
        {"order": {"number": "1001", "lines": [PAD, TENT]}},
    ),
    "the name of a type, also behind an alias": Execution(
        f"{{ __typename {ORDER} {{ __typename t: __typename lines {{ __typename }} }} }}",
        {
            "__typename": "Query",
            "order": {"__typename": "Order", "t": "Order", "lines": [{"__typename": "OrderLine"}] * 2},
        },
    ),
    "the only operation, without a name": Execution("{ __typename }", {"__typename": "Query"}),
    "the only operation, with a name that nobody says": Execution("query A { __typename }", {"__typename": "Query"}),
    "the operation that is named": Execution(
        "query A { first: __typename } query B { second: __typename }", {"second": "Query"}, operation="B"
    ),
    "skip and include": Execution(
        """query ($yes: Boolean!, $no: Boolean!) {
          a: __typename @include(if: $yes) b: __typename @include(if: $no) c: __typename @skip(if: $yes)
          d: __typename @skip(if: $no) e: __typename @include(if: $yes) @skip(if: $yes)
          f: __typename @include(if: $no) @skip(if: $no) g: __typename @include(if: $yes) @skip(if: $no)
          ... @include(if: $no) { h: __typename } ...Part @skip(if: $yes) ... on Query @skip(if: $no) { i: __typename }
        } fragment Part on Query { j: __typename }""",
        {"a": "Query", "d": "Query", "g": "Query", "i": "Query"},
        variables={"yes": True, "no": False},
    ),
    "what is skipped in one place is answered in another": Execution(
        f"{{ {ORDER} {{ number @skip(if: true) ... {{ number }} }} }}", {"order": {"number": "1001"}}
    ),
    # In the grammar since the drafts of 2025, as graphql-core 3.3 reads it.
    "an empty selection": Execution(f"{{ {ORDER} {{ }} }}", {"order": {}}),
    "nothing is left of a selection": Execution(f"{{ {ORDER} {{ number @skip(if: true) }} }}", {"order": {}}),
    "a variable that is not given leaves its default": Execution(
        "query ($a: Int = 1) { orders(first: $a, last: null) { nodes { __typename } } }",
        {"orders": {"nodes": [{"__typename": "Order"}]}},
    ),
    "a variable that is given does not": Execution(
        "query ($a: Int = 1) { orders(first: $a) { nodes { __typename } } }",
        {"orders": {"nodes": [{"__typename": "Order"}] * 2}},
        variables={"a": 2},
    ),
    "an argument that is not set, and one that is null, is not there": Execution(
        """query ($none: String, $null: OrderWhere) { order(by: {number: "1001"}) { number }
          a: locations { key } b: segments { __typename @include(if: false) }
          c: orders(first: 1, after: $none, where: $null) { nodes { __typename } } }""",
        {
            "order": {"number": "1001"},
            "a": [{"key": key} for key in ("columbus", "dallas-3pl", "denver", "ogden-supplier", "portland", "reno")],
            "b": [{}] * 9,
            "c": {"nodes": [{"__typename": "Order"}]},
        },
        variables={"null": None},
    ),
    "one value stands for a list of one": Execution(
        """query ($one: [String!], $where: OrderWhere) { events(first: 1, types: "order.placed") { nodes { type } }
          same: events(first: 1, types: $one) { nodes { type } }
          orders(first: 1, where: $where) { nodes { status } } }""",
        {
            "events": {"nodes": [{"type": "order.placed"}]},
            "same": {"nodes": [{"type": "order.placed"}]},
            "orders": {"nodes": [{"status": "CANCELED"}]},
        },
        variables={"one": "order.placed", "where": {"status": "CANCELED"}},
    ),
    "a variable within a list and within an object": Execution(
        """query ($number: String!, $type: String!) { order(by: {number: $number}) { number }
          events(first: 1, types: ["nothing", $type]) { nodes { type } } }""",
        {"order": {"number": "1001"}, "events": {"nodes": [{"type": "order.placed"}]}},
        variables={"number": "1001", "type": "order.placed"},
    ),
    "a whole number given as a float is one": Execution(
        "query ($a: Int) { orders(first: $a) { nodes { __typename } } }",
        {"orders": {"nodes": [{"__typename": "Order"}]}},
        variables={"a": 1.0},
    ),
    "texts with escapes, and in blocks": Execution(
        """{ a: product(sku: "SLP\\u002DPADR") { sku } b: product(sku: "SLP\\u{2d}PADR") { sku }
          c: product(sku: \"\"\"
            SLP-PADR
          \"\"\") { sku } }""",
        {name: {"sku": "SLP-PADR"} for name in "abc"},
    ),
    "what is not found is null": Execution(
        '{ order(by: {number: "nothing"}) { number } product(sku: "") { sku } locations { key @skip(if: true) } }',
        {"order": None, "product": None, "locations": [{}] * 6},
    ),
    "an error in a field that may be null costs that field": Execution(
        '{ customer(by: {number: "C100001"}) { displayName cases(first: -1) { nodes { number } } number } }',
        {"customer": {"displayName": "Ada Lovelace", "cases": None, "number": "C100001"}},
        errors=(("BAD_USER_INPUT", ["customer", "cases"]),),
        has_plan=False,
    ),
    "an error in a field that may not costs the nearest that may": Execution(
        """{ a: customer(by: {number: "C100001"}) { displayName orders(first: -1) { nodes { number } } }
          b: customer(by: {number: "C100001"}) { displayName } }""",
        {"a": None, "b": {"displayName": "Ada Lovelace"}},
        errors=(("BAD_USER_INPUT", ["a", "orders"]),),
        has_plan=False,
    ),
    "an error in a list whose items may not be null costs what holds the list": Execution(
        f"{{ {ORDER} {{ customer {{ orders(first: 2) {{ nodes {{ events(first: -1) {{ nodes {{ id }} }} }} }} }} }} }}",
        {"order": {"customer": None}},
        errors=(("BAD_USER_INPUT", ["order", "customer", "orders", "nodes", 0, "events"]),),
        has_plan=False,
    ),
    "an error that nothing stops costs all": Execution(
        f"{{ {ORDER} {{ number }} orders(first: -1) {{ nodes {{ id }} }} }}",
        None,
        errors=(("BAD_USER_INPUT", ["orders"]),),
        has_plan=False,
    ),
    "introspection beside data": Execution(
        f"""{{ {ORDER} {{ number }} __schema {{ queryType {{ name kind }} }} __type(name: "SortDirection") {{
          __typename kind name enumValues {{ name }} fields {{ name }} }}
          nothing: __type(name: "Nothing") {{ name }} }}""",
        {
            "order": {"number": "1001"},
            "__schema": {"queryType": {"name": "Query", "kind": "OBJECT"}},
            "__type": {
                "__typename": "__Type",
                "kind": "ENUM",
                "name": "SortDirection",
                "enumValues": [{"name": "ASC"}, {"name": "DESC"}],
                "fields": None,
            },
            "nothing": None,
        },
        has_plan=False,
    ),
    "introspection of wrapped types and of an interface": Execution(
        """{ __type(name: "Node") { kind interfaces { name } fields { name type { kind ofType { kind name } } } }
          implementing: __type(name: "Product") { kind interfaces { name } } }""",
        {
            "__type": {
                "kind": "INTERFACE",
                "interfaces": [],
                "fields": [{"name": "id", "type": {"kind": "NON_NULL", "ofType": {"kind": "SCALAR", "name": "ID"}}}],
            },
            "implementing": {"kind": "OBJECT", "interfaces": [{"name": "Node"}]},
        },
        has_plan=False,
    ),
}
NOT_CHOSEN = {
    "several operations and no name": ("»query A { __typename } »query B { __typename }", None),
    "a name that no operation has": ("query A { __typename } query B { __typename }", "C"),
}
NOT_COERCED = {
    "null for what must not be null": ("query (»$a: String!) { product(sku: $a) { sku } }", {"a": None}),
    "nothing for what must not be null": ("query (»$a: String!) { product(sku: $a) { sku } }", {}),
    "a number for a text": ("query (»$a: String!) { product(sku: $a) { sku } }", {"a": 1}),
    "a text for a number": ("query (»$a: Int) { orders(first: $a) { nodes { id } } }", {"a": "1"}),
    "a fraction for a whole number": ("query (»$a: Int) { orders(first: $a) { nodes { id } } }", {"a": 1.5}),
    "true for a number": ("query (»$a: Int) { orders(first: $a) { nodes { id } } }", {"a": True}),
    "more than 32 bits": ("query (»$a: Int) { orders(first: $a) { nodes { id } } }", {"a": 2**31}),
    "a number for a condition": ("query (»$a: Boolean!) { __typename @skip(if: $a) }", {"a": 1}),
    "an unknown name for an enum": (
        "query (»$a: OrderStatus!) { orders(where: {status: [$a]}) { nodes { id } } }",
        {"a": "LOST"},
    ),
    "null within a list": ("query (»$a: [String!]) { events(types: $a) { nodes { id } } }", {"a": ["a", None]}),
    "a list within a list": ("query (»$a: [String!]) { events(types: $a) { nodes { id } } }", {"a": [["a"]]}),
    "a field that the input has not": (
        "query (»$a: OrderWhere) { orders(where: $a) { nodes { id } } }",
        {"a": {"color": "red"}},
    ),
    "an input without a required field": (
        "query (»$a: OrderSort) { orders(sortBy: $a) { nodes { id } } }",
        {"a": {"field": "NUMBER"}},
    ),
    "two where one is asked for": (
        "query (»$a: CustomerLookup!) { customer(by: $a) { id } }",
        {"a": {"number": "1", "email": "a"}},
    ),
}


@pytest.mark.parametrize("engine", [EITHER, INTERPRETER])
@pytest.mark.parametrize("name", SYNTAX)
async def test_what_is_no_document_is_refused(demo: Demo, name: str, engine: str) -> None:
    await _assert_refused(demo, engine, SYNTAX[name])


@pytest.mark.parametrize("engine", [EITHER, INTERPRETER])
@of_each_rule
async def test_a_document_that_breaks_a_rule_is_refused(demo: Demo, rule: Rule, engine: str) -> None:
    await _assert_refused(demo, engine, rule.broken, variables=rule.variables)


@of_each_rule
async def test_a_document_that_keeps_it_is_answered(demo: Demo, rule: Rule) -> None:
    asked = {"operationName": rule.operation, "variables": rule.variables}
    by_plan, by_interpreter = [await _post(demo, engine, rule.kept, **asked) for engine in (PLAN, INTERPRETER)]
    assert by_plan.keys() == {"data"}
    assert by_plan == by_interpreter


@pytest.mark.parametrize(
    ("name", "engine"),
    [
        (name, engine)
        for name, execution in EXECUTIONS.items()
        for engine in (PLAN if execution.has_plan else EITHER, INTERPRETER)
    ],
)
async def test_what_executing_gives(demo: Demo, name: str, engine: str) -> None:
    execution = EXECUTIONS[name]
    asked = {"operationName": execution.operation, "variables": execution.variables}
    answer = await _post(demo, engine, execution.document, **asked)
    errors = answer.get("errors", [])
    assert [(error["extensions"]["code"], error["path"]) for error in errors] == list(execution.errors)
    assert answer["data"] == execution.data
    # Fields come in the order of the document (section 7.2.2), which objects of Python do not compare.
    assert str(answer["data"]) == str(execution.data)


@pytest.mark.parametrize("engine", [EITHER, INTERPRETER])
@pytest.mark.parametrize("name", NOT_CHOSEN)
async def test_an_operation_that_cannot_be_chosen(demo: Demo, name: str, engine: str) -> None:
    document, operation = NOT_CHOSEN[name]
    await _assert_refused(demo, engine, document, operationName=operation)


@pytest.mark.parametrize("engine", [EITHER, INTERPRETER])
@pytest.mark.parametrize("name", NOT_COERCED)
async def test_variables_that_are_not_of_their_type(demo: Demo, name: str, engine: str) -> None:
    document, variables = NOT_COERCED[name]
    await _assert_refused(demo, engine, document, variables=variables)


@pytest.mark.parametrize("engine", [PLAN, INTERPRETER])
async def test_objects_behind_an_interface(demo: Demo, engine: str) -> None:
    """Each is of its own type; fragments on the interface and on its types apply, those on others do not."""
    found = await data_of(demo, f"{{ {ORDER} {{ id customer {{ id }} }} }}")
    order, customer = found["order"]["id"], found["order"]["customer"]["id"]
    document = """query ($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { ...Part } node(id: $id) { ...Part } }
      fragment Part on Node { __typename id ... on Order { number lines { sku quantity } }
        ... on Customer { displayName orders(last: 1) { nodes { ... on Node { ... on Order { status } } } } }
        ... on Node { ... on Product { sku } } }"""
    unknown = "Order:00000000-0000-0000-0000-000000000000"
    asked = {"ids": [customer, unknown, order, customer], "id": order}
    ada = {
        "__typename": "Customer",
        "id": customer,
        "displayName": "Ada Lovelace",
        "orders": {"nodes": [{"status": "COMPLETED"}]},
    }
    split = {"__typename": "Order", "id": order, "number": "1001", "lines": [PAD, TENT]}
    answer = await _post(demo, engine, document, variables=asked)
    assert answer == {"data": {"nodes": [ada, None, split, ada], "node": split}}


async def _post(demo: Demo, engine: str, document: str, **request: Any) -> Any:
    async with client_of(demo) as client:
        response = await client.post(
            "/graphql", json={"query": document, **request}, headers={"Junction-Engine": engine}
        )
    assert response.status_code == 200
    return response.json()


async def _assert_refused(demo: Demo, engine: str, marked: str, **request: Any) -> None:
    """With errors that lie where » stands in the document, without data, before anything is read."""
    with recorded_statements() as statements:
        answer = await _post(demo, engine, marked.replace("»", ""), **request)
    assert answer.keys() == {"errors"}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    places = [(each["line"], each["column"]) for error in answer["errors"] for each in error.get("locations", ())]
    assert sorted(set(places)) == _marks(marked)
    assert statements == []


def _marks(marked: str) -> list[tuple[int, int]]:
    """Line and column of each », were it not there."""
    *fronts, _ = marked.split("»")
    texts = ["".join(fronts[: n + 1]) for n in range(len(fronts))]
    return [(text.count("\n") + 1, len(text) - text.rfind("\n")) for text in texts]
