"""Parses the part of SOQL that the wire carries: SELECT with relationship subqueries, WHERE, ORDER BY, LIMIT."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

Value = str | int | bool | datetime | None

TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
      | (?P<number>\d+)
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<symbol><=|>=|!=|[=<>(),])
    )""",
    re.VERBOSE,
)
OPERATORS = ("=", "!=", "<", ">", "<=", ">=")
ESCAPE = re.compile(r"\\(.)")


class MalformedQuery(Exception):
    """Salesforce's MALFORMED_QUERY: the text is no SOQL, or none that this sandbox speaks."""


@dataclass(frozen=True, slots=True)
class Comparison:
    field: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Membership:
    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    operator: str
    parts: tuple["Condition", ...]


Condition = Comparison | Membership | Junction


@dataclass(frozen=True, slots=True)
class Order:
    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Select:
    fields: tuple[str, ...]
    subqueries: tuple["Select", ...]
    source: str
    """An object, or in a subquery a relationship."""
    where: Condition | None
    order_by: tuple[Order, ...]
    limit: int | None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def parse(query: str) -> Select:
    """Raises MalformedQuery."""
    parser = _Parser(tuple(_tokens(query)))
    select = parser.select()
    parser.expect_end()
    return select


def _tokens(query: str) -> Iterator[_Token]:
    at = 0
    while query[at:].strip():
        match = TOKEN.match(query, at)
        if match is None:
            raise MalformedQuery(f"unexpected character at position {at}: {query[at : at + 10]!r}")
        kind = match.lastgroup or ""
        yield _Token(kind, match[kind])
        at = match.end()


class _Parser:
    """Recursive descent, one method per rule."""

    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0

    def select(self) -> Select:
        self._expect("SELECT")
        fields, subqueries = [], []
        while True:
            if self._takes("("):
                subqueries.append(self.select())
                self._expect(")")
            else:
                fields.append(self._word())
            if not self._takes(","):
                break
        self._expect("FROM")
        return Select(
            fields=tuple(fields),
            subqueries=tuple(subqueries),
            source=self._word(),
            where=self._condition() if self._takes("WHERE") else None,
            order_by=self._order_by() if self._takes("ORDER") else (),
            limit=self._number() if self._takes("LIMIT") else None,
        )

    def expect_end(self) -> None:
        if self._at < len(self._tokens):
            raise MalformedQuery(f"unexpected token: {self._tokens[self._at].text}")

    def _condition(self) -> Condition:
        # As in SOQL, AND and OR mix only with parentheses.
        parts, operator = [self._term()], None
        while (operator is None and self._peek() in ("AND", "OR")) or (operator and self._peek() == operator):
            operator = self._peek()
            self._at += 1
            parts.append(self._term())
        return Junction(operator, tuple(parts)) if operator else parts[0]

    def _term(self) -> Condition:
        if self._takes("("):
            condition = self._condition()
            self._expect(")")
            return condition
        field = self._word()
        if self._takes("IN"):
            return Membership(field, self._list())
        operator = self._next().text
        if operator not in OPERATORS:
            raise MalformedQuery(f"unexpected token: {operator}")
        return Comparison(field, operator, self._value())

    def _list(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._takes(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._next()
        match token.kind, token.text.lower():
            case "string", _:
                return ESCAPE.sub(r"\1", token.text[1:-1])
            case "datetime", _:
                return datetime.fromisoformat(token.text)
            case "number", _:
                return int(token.text)
            case "word", ("true" | "false") as word:
                return word == "true"
            case "word", "null":
                return None
        raise MalformedQuery(f"unexpected token: {token.text}")

    def _order_by(self) -> tuple[Order, ...]:
        self._expect("BY")
        orders = [self._order()]
        while self._takes(","):
            orders.append(self._order())
        return tuple(orders)

    def _order(self) -> Order:
        field = self._word()
        descending = self._takes("DESC")
        if not descending:
            self._takes("ASC")
        return Order(field, descending)

    def _number(self) -> int:
        token = self._next()
        if token.kind != "number":
            raise MalformedQuery(f"unexpected token: {token.text}")
        return int(token.text)

    def _word(self) -> str:
        token = self._next()
        if token.kind != "word":
            raise MalformedQuery(f"unexpected token: {token.text}")
        return token.text

    def _next(self) -> _Token:
        if self._at == len(self._tokens):
            raise MalformedQuery("unexpected end of query")
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str | None:
        if self._at == len(self._tokens) or self._tokens[self._at].kind == "string":
            return None
        return self._tokens[self._at].text.upper()

    def _takes(self, keyword: str) -> bool:
        if self._peek() != keyword:
            return False
        self._at += 1
        return True

    def _expect(self, keyword: str) -> None:
        if not self._takes(keyword):
            found = self._tokens[self._at].text if self._at < len(self._tokens) else "end of query"
            raise MalformedQuery(f"expecting {keyword}, found {found}")
