"""Lifecycles: for each state, which triggers lead where. Checked when made, so that no table can trap what it moves."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

State = TypeVar("State", bound=StrEnum)
Trigger = TypeVar("Trigger", bound=StrEnum)


class InvalidLifecycle(ValueError):
    """A table with a state that is unknown, unreachable or a trap, or with two rows for one thing."""


class IllegalMove(Exception):
    """`allowed` are the triggers that are possible in `state`."""

    def __init__(self, trigger: StrEnum, state: StrEnum | None, allowed: Sequence[StrEnum]) -> None:
        where = "before birth" if state is None else f"in {state}"
        super().__init__(f"{trigger} is not possible {where}; possible are {', '.join(allowed) or 'none'}")
        self.trigger, self.state, self.allowed = trigger, state, tuple(allowed)


@dataclass(frozen=True, slots=True)
class Move(Generic[State, Trigger]):
    """A row of the table. A target that is among the sources says that the trigger may leave the state as it is."""

    sources: tuple[State | None, ...]
    """None: it comes into being."""
    trigger: Trigger
    targets: tuple[State, ...]
    when: str
    """For people: what makes it happen."""
    reopens: bool = False
    """It leads out of a terminal state."""


def stays(sources: Iterable[State], trigger: Trigger, when: str) -> tuple[Move[State, Trigger], ...]:
    """Rows for a trigger that leaves each of these states as it is."""
    return tuple(Move((source,), trigger, (source,), when) for source in sources)


class Lifecycle(Generic[State, Trigger]):
    """Raises InvalidLifecycle unless every state can be reached, and a terminal one from there."""

    def __init__(
        self,
        name: str,
        states: type[State],
        moves: Sequence[Move[State, Trigger]],
        *,
        terminal: Collection[State],
    ) -> None:
        self.name, self.states, self.moves, self.terminal = name, tuple(states), tuple(moves), frozenset(terminal)
        self._targets = _targets_by_source_and_trigger(name, moves)
        self._check()

    def move(self, state: State | None, trigger: Trigger, to: State | None = None) -> State:
        """The state that it leads to. Raises IllegalMove; ValueError when there are several and `to` names none."""
        targets = self._targets.get((state, trigger), ())
        if not targets or (to is not None and to not in targets):
            raise IllegalMove(trigger, state, self.triggers(state))
        if to is None and len(targets) > 1:
            raise ValueError(f"{trigger} may lead from {state} to {', '.join(targets)}: name one")
        return targets[0] if to is None else to

    def can(self, state: State | None, trigger: Trigger) -> bool:
        return (state, trigger) in self._targets

    def triggers(self, state: State | None) -> tuple[Trigger, ...]:
        """In the order of the table."""
        return tuple(trigger for source, trigger in self._targets if source == state)

    def sources(self, *triggers: Trigger) -> frozenset[State]:
        """States in which at least one of them is possible."""
        return frozenset(source for source, trigger in self._targets if trigger in triggers and source is not None)

    def edges(self) -> Iterable[tuple[State | None, State, Move[State, Trigger]]]:
        for move in self.moves:
            for source in move.sources:
                for target in move.targets:
                    yield source, target, move

    def _check(self) -> None:
        known = {None, *self.states}
        for source, target, move in self.edges():
            if source not in known or target not in known:
                raise InvalidLifecycle(f"{self.name}: {source} -{move.trigger}-> {target} names an unknown state")
            leaves_terminal = source in self.terminal and target != source
            if leaves_terminal != move.reopens:
                raise InvalidLifecycle(
                    f"{self.name}: {source} -{move.trigger}-> {target} leads out of a terminal state unmarked"
                    if leaves_terminal
                    else f"{self.name}: {move.trigger} is marked as reopening, but {source} is not terminal"
                )
        self._refuse("unreachable", set(self.states) - self._reached({None}, forward=True))
        self._refuse(
            "without a way to a terminal state", set(self.states) - self._reached(self.terminal, forward=False)
        )

    def _reached(self, found: Iterable[State | None], *, forward: bool) -> set[State | None]:
        """Along the moves, or against them. Reopening ones lead nowhere: they must not be anyone's only way."""
        reached, size = set(found), -1
        while len(reached) > size:
            size = len(reached)
            for source, target, move in self.edges():
                near, far = (source, target) if forward else (target, source)
                if near in reached and not move.reopens:
                    reached.add(far)
        return reached

    def _refuse(self, fault: str, states: Collection[State | None]) -> None:
        if states:
            raise InvalidLifecycle(f"{self.name}: {', '.join(sorted(map(str, states)))} {fault}")


def _targets_by_source_and_trigger(
    name: str, moves: Sequence[Move[State, Trigger]]
) -> Mapping[tuple[State | None, Trigger], tuple[State, ...]]:
    found: dict[tuple[State | None, Trigger], tuple[State, ...]] = {}
    for move in moves:
        for source in move.sources:
            if (source, move.trigger) in found:
                raise InvalidLifecycle(f"{name}: two rows for {move.trigger} from {source}")
            found[source, move.trigger] = move.targets
    return found
