"""GraphQL over a schema of declared fields: from a text and its variables to the bytes of the answer.

Most operations are answered by plan. What no plan covers is answered by the interpreter, which is Strawberry; both say
the same, to the byte.
"""

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import orjson
from graphql import (
    ASTValidationRule,
    DocumentNode,
    ExperimentalIncrementalExecutionResults,
    GraphQLError,
)
from strawberry import Schema
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from app.execution.access import granted_to_caller
from app.execution.arguments import InvalidVariables
from app.execution.cost import Cost
from app.execution.errors import BadUserInput, LimitExceeded, present
from app.execution.explanation import Explanation, Prepared, told_of
from app.execution.limits import Sizes
from app.execution.loaders import ReadContext
from app.execution.operations import Operation, Operations
from app.execution.parts import Part, parts_of, with_extensions
from app.execution.plans import LeftToInterpreter, Plans
from app.execution.rows import StoredTypes
from app.execution.trace import Trace


class Way(StrEnum):
    PLAN = "plan"
    INTERPRETER = "interpreter"


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes
    way: Way | None
    """None when the request was refused before either was asked."""
    is_executed: bool = True
    """False when there is no data, not even null, since the request itself was wrong (GraphQL specification, 7.1)."""
    parts: AsyncGenerator[Part, None] | None = None
    """In place of a body, where the answer comes in parts. To be closed by who takes it."""


@dataclass(frozen=True, slots=True)
class Limits:
    rules: Sequence[type[ASTValidationRule]]
    """Of `limits.py`, checked before anything else of a document."""
    tokens_max: int
    most: Cost
    sizes: Sizes


class GivenDocument(SchemaExtension):
    """Strawberry is spared parsing and validating where the context holds a document that has been through both."""

    def on_parse(self) -> Iterator[None]:
        self.execution_context.graphql_document = self.execution_context.context.document
        yield

    def on_validate(self) -> Iterator[None]:
        if self.execution_context.context.document is not None:
            self.execution_context.pre_execution_errors = []
        yield


class Engine:
    """`schema` has the extension GivenDocument."""

    def __init__(self, schema: Schema, types: StoredTypes, limits: Limits) -> None:
        self._schema = schema
        self._limits = limits
        self._operations = Operations(schema, limits=limits.rules, tokens_max=limits.tokens_max, sizes=limits.sizes)
        self._plans = Plans(schema, types)

    def operation(self, text: str, name: str | None) -> Operation:
        """Raises NotExecutable."""
        return self._operations.operation(text, name)

    def errors_in(self, text: str) -> Sequence[GraphQLError]:
        """What is wrong with the text itself, whichever operation is chosen."""
        return self._operations.errors_in(text)

    async def answer(
        self,
        text: str,
        operation: Operation,
        given: Mapping[str, Any],
        context: ReadContext,
        way: Way | None = None,
        *,
        in_parts: bool = False,
    ) -> Answer:
        """`way` forces one. `in_parts`: @defer and @stream are followed, by the interpreter; plans answer at once."""
        try:
            variables = operation.variables.read(given)
        except InvalidVariables:
            # The interpreter says what is wrong with them.
            return await self._interpret(text, operation, given, context)
        split = operation.in_parts if in_parts and way is not Way.PLAN else None
        cost = (split or operation).cost(variables.coerced)
        too_costly = _too_costly(cost, self._limits.most)
        if too_costly is not None:
            return refused([too_costly])
        if split is not None:
            if context.trace is not None:
                context.trace.reason = "The query has @defer or @stream, and plans answer at once."
            return await self._interpret(text, operation, given, context, split.document)
        reason = "The request asked for the interpreter."
        if way is not Way.INTERPRETER:
            try:
                return Answer(await self._plans.answer(operation, variables, context), Way.PLAN)
            except LeftToInterpreter as exc:
                reason = str(exc)
        if way is Way.PLAN:
            return refused([GraphQLError("No plan covers this request.", extensions={"code": BadUserInput.code})])
        if context.trace is not None:
            context.trace.reason = reason
        return await self._interpret(text, operation, given, context)

    async def traced_answer(
        self,
        text: str,
        operation: Operation,
        given: Mapping[str, Any],
        context: ReadContext,
        way: Way | None = None,
        *,
        in_parts: bool = False,
    ) -> Answer:
        """The same with `extensions.plan`, which says how it came about; without where the request itself is wrong."""
        trace = context.trace = Trace()
        answer = await self.answer(text, operation, given, context, way, in_parts=in_parts)
        if answer.way is None or not answer.is_executed:
            return answer

        def told() -> dict[str, Any]:
            cost = operation.cost(operation.variables.read(given).coerced)
            return {"plan": {"engine": answer.way} | told_of(trace, cost)}

        if answer.parts is not None:
            return replace(answer, parts=with_extensions(answer.parts, told))
        return replace(answer, body=b'%b,"extensions":%b}' % (answer.body[:-1], orjson.dumps(told())))

    def explanation(self, operation: Operation, given: Mapping[str, Any], context: ReadContext) -> Explanation:
        """How the operation would be answered; nothing is read. Raises InvalidVariables."""
        variables = operation.variables.read(given)
        cost = operation.cost(variables.coerced)
        too_costly = _too_costly(cost, self._limits.most)
        prepared: Prepared | Mapping[str, Prepared] | None = None
        reason = None
        if too_costly is None:
            try:
                prepared = self._plans.prepared(operation, variables, context)
            except LeftToInterpreter as exc:
                reason = str(exc)
        refusal = None if too_costly is None else too_costly.message
        query, rows = (prepared, None) if isinstance(prepared, Prepared) else (None, prepared)
        return Explanation(operation.node, cost, self._limits.most, query, reason, refusal, rows)

    async def _interpret(
        self,
        text: str,
        operation: Operation,
        given: Mapping[str, Any],
        context: ReadContext,
        document: DocumentNode | None = None,
    ) -> Answer:
        context.document = document or operation.document
        name = operation.name
        with granted_to_caller(context.granted):
            result: object = await self._schema.execute(
                text,
                variable_values=dict(given),
                operation_name=name,
                context_value=context,
                allowed_operation_types=tuple(OperationType),
            )
        request = {"operation": name}
        if isinstance(result, ExperimentalIncrementalExecutionResults):
            return Answer(b"", Way.INTERPRETER, parts=parts_of(result, context.granted, request))
        assert isinstance(result, ExecutionResult)  # noqa: S101 - Strawberry declares that there is nothing else
        errors = [present(error, request=request) for error in result.errors or ()]
        # Without data and without a path the request itself was wrong: nothing was executed, and no data is null.
        is_executed = result.data is not None or any("path" in error for error in errors)
        answer = ({"errors": errors} if errors else {}) | ({"data": result.data} if is_executed else {})
        return Answer(orjson.dumps(answer, option=orjson.OPT_NON_STR_KEYS), Way.INTERPRETER, is_executed)


def refused(errors: Sequence[GraphQLError]) -> Answer:
    body = orjson.dumps({"errors": [present(error, request={}) for error in errors]})
    return Answer(body, None, is_executed=False)


_OF_COST = {
    "fields": "The query has {} fields once its fragments are spread; {} is the limit. Ask in several requests.",
    "reads": "The query has {} lists and relations once its fragments are spread; {} is the limit. "
    "Ask in several requests.",
    "rows": "The answer may hold {} rows; {} is the limit. Ask for smaller pages, or for fewer within each other.",
    "values": "The answer may hold {} values; {} is the limit. Ask for smaller pages, for fewer within each other, "
    "or for fewer fields.",
    "parts": "The answer may come in {} parts; {} is the limit. Defer larger fragments, and stream shorter lists.",
}


def _too_costly(cost: Cost, most: Cost) -> GraphQLError | None:
    if cost.is_within(most):
        return None
    for name, says in _OF_COST.items():
        count, count_max = getattr(cost, name), getattr(most, name)
        if count > count_max:
            return GraphQLError(says.format(f"{count:,}", f"{count_max:,}"), extensions={"code": LimitExceeded.code})
    return None
