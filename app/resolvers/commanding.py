"""From a mutation's input to its command, and from what the command did to the mutation's payload."""

import dataclasses
import hashlib
import types
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
from strawberry import UNSET
from strawberry.utils.str_converters import to_camel_case

from app.domain.money import CURRENCIES, InvalidAmount, Money
from app.domain.refusals import Path, Refusal, RefusalCode, Refused, refuse
from app.resolvers.context import Context
from app.resolvers.user_error import user_errors
from app.stores.transaction import Transaction
from app.workflows.command import Answer, Ids, Outcome, Request, perform
from app.workflows.steps import STEPS
from app.workflows.work import Work

C = TypeVar("C")
Do = Callable[[Transaction, C, Work], Awaitable[Outcome]]
Arguments = Mapping[str, Any]
Perform = Callable[[Arguments, Context], Awaitable[Mapping[str, Any]]]
Shown = Callable[[Answer, Context], Awaitable[Mapping[str, Any]]]
ARGUMENTS = ("idempotencyKey", "dryRun")
_JSON = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS


def commanded(
    mutation: str, kind: type[C], do: Do[C], *, lists: Sequence[str] = (), shown: Shown | None = None
) -> Callable[[Arguments, Context], Awaitable[Mapping[str, Any]]]:
    """How the field `mutation` is performed: its argument `input` made a `kind`, and `do` done with that.

    `lists` are those fields of the payload that are lists of rows: a refused command answers with empty ones. `shown`
    finds what is neither a row nor a value of the outcome.
    """
    nothing: Ids = dict.fromkeys(lists, ())

    async def performed(arguments: Arguments, context: Context) -> Mapping[str, Any]:
        given, dry_run = arguments["input"], arguments.get("dry_run", False)
        key = arguments.get("idempotency_key")
        try:
            _require_storable(_plain(given))
            command = _made(kind, given, ())
        except Refused as refused:
            answer = Answer({}, {}, refused.refusals, replayed=False, dry_run=dry_run)
            return {**nothing, **await _payload(answer, context, shown)}
        request = Request(mutation, _fingerprint(mutation, given), context.actor, key, dry_run)

        async def work(tx: Transaction) -> Outcome:
            return await do(tx, command, context.work)

        answer = await perform(request, work, context.work, STEPS, context.read_within)
        return {**nothing, **await _payload(answer, context, shown)}

    return performed


async def _payload(answer: Answer, context: Context, shown: Shown | None) -> Mapping[str, Any]:
    refusals = [_from_arguments(each) for each in answer.refusals]
    return {
        **answer.ids,
        **answer.values,
        **(await shown(answer, context) if shown else {}),
        "userErrors": await user_errors(refusals, context),
        "replayed": answer.replayed,
        "dryRun": answer.dry_run,
    }


def _from_arguments(refusal: Refusal) -> Refusal:
    """Its path as clients count it, from the field's arguments on: input, lines, 0, unitPrice."""
    if refusal.field is None or refusal.field[0] in ARGUMENTS:
        return refusal
    return dataclasses.replace(refusal, field=("input", *refusal.field))


def _fingerprint(mutation: str, given: Any) -> bytes:
    printed = orjson.dumps(_plain(given), option=_JSON, default=str)
    return hashlib.sha256(mutation.encode() + b"\0" + printed).digest()


def _plain(value: Any) -> Any:
    """Without what was left out: `note: null` and no note are the same input."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if dataclasses.is_dataclass(value):
        # An input has nothing but its fields; copying it first, as asdict does, takes ten times as long.
        value = vars(value)
    if not isinstance(value, dict):
        return value
    return {name: _plain(each) for name, each in value.items() if each is not None and each is not UNSET}


# ── an input, made a command


def _require_storable(given: Any) -> None:
    """Raises Refused."""
    refusals = [
        Refusal(code=RefusalCode.INVALID, message="no text may hold the character U+0000", field=path)
        for path in _texts_with_nul(given, ())
    ]
    if refusals:
        raise Refused(*refusals)


def _texts_with_nul(value: Any, path: Path) -> Iterator[Path]:
    """Postgres stores no such text."""
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts_with_nul(name, path)
            yield from _texts_with_nul(each, (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from _texts_with_nul(each, (*path, str(number)))


def _made(kind: type[C], given: Any, path: Path) -> C:
    """Raises Refused, with all that is wrong and not just the first of it."""
    values: dict[str, Any] = {}
    refusals: list[Refusal] = []
    for name, hint in _hints(cast("Any", kind)).items():
        value = getattr(given, name, None)
        if value is None or value is UNSET:
            continue
        try:
            values[name] = _value(hint, value, (*path, name))
        except Refused as refused:
            refusals += refused.refusals
    if refusals:
        raise Refused(*refusals)
    return kind(**values)


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    return {each.name: _not_none(hints[each.name]) for each in dataclasses.fields(kind)}


def _not_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (each for each in get_args(hint) if each is not types.NoneType)
    return hint


def _value(hint: Any, value: Any, path: Path) -> Any:
    """Raises Refused."""
    if get_origin(hint) is Annotated:
        return _key(hint.__metadata__[0], value, path)
    if get_origin(hint) in (list, tuple, Sequence):
        item = get_args(hint)[0]
        return [_value(item, each, (*path, str(n))) for n, each in enumerate(value)]
    if hint is Money:
        return _money(value, path)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _made(hint, value, path)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        # A value that is stored as it is given: an address.
        return {to_camel_case(name): each for name, each in _plain(value).items()}
    return value


def _key(type_name: str, id_: str, path: Path) -> UUID:
    named, separator, key = str(id_).partition(":")
    try:
        if named == type_name and separator:
            return UUID(key)
    except ValueError:
        pass
    looks = f'ids of this kind look like "{type_name}:0192…" and come from this API'
    raise refuse(RefusalCode.NOT_FOUND, f'"{id_}" does not fit here: {looks}', *path)


def _money(given: Any, path: Path) -> Money:
    if given.currency not in CURRENCIES:
        raise refuse(RefusalCode.INVALID, f"{given.currency} is no currency of ISO 4217", *path, "currency")
    try:
        return Money.parse(given.amount, given.currency)
    except InvalidAmount as exc:
        raise refuse(RefusalCode.INVALID, str(exc), *path, "amount") from exc
