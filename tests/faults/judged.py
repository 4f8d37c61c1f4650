"""A state machine whose commands are judged: by what they answer, and by all there is to see before and after."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from anyio.from_thread import BlockingPortal
from hypothesis.stateful import RuleBasedStateMachine

from tests.faults import shop_laws
from tests.faults.trial import Rows, Seen, Trial, ref

SHELVES = {("MUG", "east"): 10, ("MUG", "west"): 5, ("LAMP", "east"): 3, ("LAMP", "west"): 4}
"""What the shop begins with."""


class Judged(RuleBasedStateMachine):
    portal: ClassVar[BlockingPortal]
    trial: ClassVar[Trial]
    answered: ClassVar[Counter[str]]
    """How often which mutation was done, or refused, over all rows of commands."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self.received = dict(SHELVES)
        self.seen: Seen
        self.taken_before = (0, 0)

    def begin(self) -> None:
        self.portal.call(self.trial.begin)
        self.taken_before = self.trial.outside.taken_minor()
        self.seen = self.portal.call(self.trial.look)

    def work(self) -> None:
        """What workers would do by and by."""
        before = self.seen
        self.portal.call(lambda: self.trial.pass_time(late_s=0, lease_s=0))
        self.portal.call(self.trial.work_off)
        self.look(before)

    def send(self, mutation: str, came: Mapping[tuple[str, str], int] | None = None, /, **input_: Any) -> None:
        """Rehearsed, done, and repeated; what must not leave a trace is held against everything there is. `came` is
        what is on hand by it, by SKU and location.
        """
        self.sent += 1
        key = f"key-{self.sent}"
        rehearsed = self.portal.call(lambda: self.trial.send(mutation, input_, dry=True))
        self.require_unchanged(mutation)
        before = self.seen
        payload = self.portal.call(lambda: self.trial.send(mutation, input_, key=key))
        codes = {each["code"] for each in payload["userErrors"]}
        # Of somebody else: the wish, and what came of it, are on record.
        is_done = all(each["__typename"] == "SourceError" for each in payload["userErrors"])
        self.answered[f"{mutation} {'done' if is_done else 'refused'}"] += 1
        assert not payload["replayed"]
        assert rehearsed["userErrors"] == ([] if is_done else payload["userErrors"]), (mutation, payload)
        if not is_done:
            self.require_unchanged(mutation)
            return
        for place, units in (came or {}).items():
            self.received[place] = self.received.get(place, 0) + units
        self.look(before)
        again = self.portal.call(lambda: self.trial.send(mutation, input_, key=key))
        assert again["replayed"]
        assert {each["code"] for each in again["userErrors"]} == codes
        self.require_unchanged(mutation)

    def require_unchanged(self, mutation: str) -> None:
        assert self.portal.call(self.trial.look).digest == self.seen.digest, mutation

    def look(self, before: Seen) -> None:
        self.seen = seen = self.portal.call(self.trial.look)
        assert self.portal.call(self.trial.broken_laws) == []
        shop_laws.require_stock(seen, self.received)
        shop_laws.require_units(seen)
        taken, given_back = self.trial.outside.taken_minor()
        taken_before, given_back_before = self.taken_before
        shop_laws.require_money(seen, (taken - taken_before, given_back - given_back_before))
        shop_laws.require_moves(before, seen)

    # ── what is meant

    def order(self, which: int) -> str:
        return ref("Order", of(self.seen.orders, which)["id"])

    def payment(self, which: int) -> dict[str, Any]:
        return {"paymentId": ref("Payment", of(self.seen.payments, which)["id"])}

    def returned(self, which: int) -> dict[str, Any]:
        return {"returnId": ref("Return", of(self.seen.returns, which)["id"])}

    def return_line(self, which: int) -> str:
        id_ = of(self.seen.returns, which)["id"]
        return ref("ReturnLine", next(each["id"] for each in self.seen.return_lines if each["return_id"] == id_))

    def some_of_an_order(self, which: int, units: int | None) -> dict[str, Any]:
        order_id = of(self.seen.lines, which)["order_id"]
        return {"orderId": ref("Order", order_id), **self.some_lines(order_id, units)}

    def some_lines(self, order_id: UUID, units: int | None) -> dict[str, Any]:
        """Of its first line, or all."""
        if units is None:
            return {}
        first = next(each for each in self.seen.lines if each["order_id"] == order_id)
        return {"lines": [{"orderLineId": ref("OrderLine", first["id"]), "quantity": units}]}


def of(rows: Rows, which: int) -> Any:
    return rows[-1 - which % len(rows)]
