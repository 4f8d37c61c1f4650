"""`junction lifecycles`: the tables of the lifecycles as a page with diagrams, docs/lifecycles.md."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from inspect import cleandoc
from types import ModuleType
from typing import Any

import click

from app.domain import (
    fulfillment_lifecycle,
    order_lifecycle,
    payment_lifecycle,
    return_lifecycle,
    shipment_lifecycle,
)
from app.domain.actions import Actions
from app.domain.lifecycle import Lifecycle

_INTRODUCTION = """# Lifecycles

Printed from the tables in `app/domain` by `make lifecycles`; a test holds it true. A table is checked when it is made:
every state can be reached, every state has a way to an end, and only rows marked so lead out of one.

A mutation is possible in the states that are named for it, and only if its guards have nothing against it; `actions` of
an order, a fulfillment order and a return tells it beforehand. All of it is about orders that are MANAGED here.
"""
_PAGES: tuple[tuple[str, ModuleType, tuple[Lifecycle[Any, Any], ...], Actions[Any]], ...] = (
    ("Order", order_lifecycle, (order_lifecycle.ORDER_LIFECYCLE,), order_lifecycle.ORDER_ACTIONS),
    (
        "Payment",
        payment_lifecycle,
        (payment_lifecycle.PAYMENT_LIFECYCLE, payment_lifecycle.TRANSACTION_LIFECYCLE),
        payment_lifecycle.PAYMENT_ACTIONS,
    ),
    (
        "Fulfillment order",
        fulfillment_lifecycle,
        (fulfillment_lifecycle.FULFILLMENT_LIFECYCLE,),
        fulfillment_lifecycle.FULFILLMENT_ACTIONS,
    ),
    ("Shipment", shipment_lifecycle, (shipment_lifecycle.SHIPMENT_LIFECYCLE,), shipment_lifecycle.SHIPMENT_ACTIONS),
    ("Return", return_lifecycle, (return_lifecycle.RETURN_LIFECYCLE,), return_lifecycle.RETURN_ACTIONS),
)


@click.command("lifecycles", hidden=True)
def print_lifecycles() -> None:
    """Print docs/lifecycles.md."""
    click.echo("\n".join(_page()))


def _page() -> Iterator[str]:
    yield _INTRODUCTION
    for title, module, lifecycles, actions in _PAGES:
        assert module.__doc__ is not None  # noqa: S101
        yield f"## {title}\n\n{cleandoc(module.__doc__)}\n"
        for lifecycle in lifecycles:
            if len(lifecycles) > 1:
                yield f"### {lifecycle.name}\n"
            yield from _diagram(lifecycle)
            yield from _moves(lifecycle)
        yield from _actions(actions, lifecycles)


def _diagram(lifecycle: Lifecycle[Any, Any]) -> Iterator[str]:
    """Without the rows that leave a state as it is."""
    triggers: dict[tuple[StrEnum | None, StrEnum], list[str]] = {}
    for source, target, move in lifecycle.edges():
        if source != target:
            triggers.setdefault((source, target), []).append(_words(move.trigger))
    yield "```mermaid\nstateDiagram-v2"
    for (source, target), names in triggers.items():
        yield f"    {source or '[*]'} --> {target}: {', '.join(names)}"
    for state in lifecycle.states:
        if state in lifecycle.terminal:
            yield f"    {state} --> [*]"
    yield "```\n"


def _moves(lifecycle: Lifecycle[Any, Any]) -> Iterator[str]:
    """What leaves each of several states as it is stands in one line."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for move in lifecycle.moves:
        to = "unchanged" if move.sources == move.targets else ", ".join(move.targets)
        sources = lines.setdefault((move.trigger, to, move.when), [])
        sources += ("-" if source is None else source for source in move.sources)
    yield "| from | trigger | to | when |\n| --- | --- | --- | --- |"
    for (trigger, to, when), sources in lines.items():
        yield f"| {', '.join(sources)} | {_words(trigger)} | {to} | {when} |"
    yield ""


def _actions(actions: Actions[Any], lifecycles: Sequence[Lifecycle[Any, Any]]) -> Iterator[str]:
    yield "| mutation | in | only if |\n| --- | --- | --- |"
    place = [state for lifecycle in lifecycles for state in lifecycle.states]
    for name, action in actions.items():
        states = sorted(action.states, key=place.index)
        guards = ", ".join(_words(guard.__name__) for guard in action.guards)
        yield f"| `{name}` | {', '.join(states)} | {guards or '-'} |"
    yield ""


def _words(name: str) -> str:
    return name.lower().replace("_", " ")
