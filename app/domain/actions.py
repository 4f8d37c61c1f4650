"""Actions: which mutations something may be asked for as it now is, and what speaks against the others.

Commands ask before they change anything (`require`), and clients see the same answer beforehand (`available`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

from app.domain.order import OrderManagement
from app.domain.refusals import IllegalTransition, Refusal, RefusalCode, Refused


class Facts(Protocol):
    @property
    def subject(self) -> str:
        """For people: order 1001."""

    @property
    def status(self) -> StrEnum: ...

    @property
    def management(self) -> OrderManagement:
        """Of the order that it is, or belongs to."""


F = TypeVar("F", bound=Facts)
Guard = Callable[[F], Refusal | None]
"""Its name says what has to be so; what it answers says what to do since it is not."""


@dataclass(frozen=True, slots=True)
class Action(Generic[F]):
    states: frozenset[Any]
    guards: tuple[Guard[F], ...] = ()


Actions = Mapping[str, Action[F]]
"""By mutation."""


@dataclass(frozen=True, slots=True)
class Availability:
    name: str
    refusals: tuple[Refusal, ...]

    @property
    def is_allowed(self) -> bool:
        return not self.refusals


def require(actions: Actions[F], name: str, facts: F) -> None:
    """Raises Refused."""
    refusals = _against(actions, name, facts)
    if refusals:
        raise Refused(*refusals)


def available(actions: Actions[F], facts: F) -> list[Availability]:
    """Of all of them, in the order of the table."""
    allowed = _allowed(actions, facts)
    return [Availability(name, () if name in allowed else _against(actions, name, facts, allowed)) for name in actions]


def _allowed(actions: Actions[F], facts: F) -> tuple[str, ...]:
    return tuple(name for name, action in actions.items() if _is_allowed(action, facts))


def _is_allowed(action: Action[F], facts: F) -> bool:
    if facts.management is not OrderManagement.MANAGED or facts.status not in action.states:
        return False
    return all(guard(facts) is None for guard in action.guards)


def _against(actions: Actions[F], name: str, facts: F, allowed: tuple[str, ...] | None = None) -> tuple[Refusal, ...]:
    """The state first: while it is the wrong one, what else is missing would mislead."""
    action = actions[name]
    if _is_allowed(action, facts):
        return ()
    allowed = _allowed(actions, facts) if allowed is None else allowed
    found = order_is_managed(facts) or is_in_state(name, action, facts)
    refusals = [found] if found else [refusal for guard in action.guards if (refusal := guard(facts))]
    return tuple(_told(refusal, facts, allowed) for refusal in refusals)


def order_is_managed(facts: Facts) -> Refusal | None:
    if facts.management is OrderManagement.MANAGED:
        return None
    return impossible(f"{facts.subject} is a mirror of another system's: change it there")


def is_in_state(name: str, action: Action[F], facts: F) -> Refusal | None:
    if facts.status in action.states:
        return None
    states = sorted(action.states, key=list(type(facts.status)).index)
    return impossible(f"{facts.subject} is {facts.status}; {name} needs it to be {_one_of(states)}")


def impossible(message: str) -> Refusal:
    """It becomes an IllegalTransition, with the state and what is allowed in it."""
    return Refusal(code=RefusalCode.ILLEGAL_TRANSITION, message=message)


def _told(refusal: Refusal, facts: Facts, allowed: tuple[str, ...]) -> Refusal:
    if refusal.code is not RefusalCode.ILLEGAL_TRANSITION:
        return refusal
    return IllegalTransition(message=refusal.message, state=facts.status.value, allowed=allowed)


def _one_of(states: list[StrEnum]) -> str:
    *others, last = states
    return f"{', '.join(others)} or {last}" if others else str(last)
