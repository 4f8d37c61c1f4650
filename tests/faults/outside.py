"""A card gateway and a carrier on the loopback, which outlive the processes that ask them, and count what they do."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.connectors.source_config import SourceConfig
from app.sandbox.app import SandboxedSource, close_sandbox, create_sandbox
from app.sandbox.data import SandboxData, StripeAccount, UpsNetwork
from app.sandbox.faults import Fault
from app.sandbox.server import serve_sandbox
from tests.connectors.vendor_rows import make_config

VENDORS = ("stripe", "ups")
LATE_MS = 50


@dataclass
class Outside:
    url: str
    stripe: SandboxedSource
    ups: SandboxedSource
    on_request: Callable[[str], None] = lambda _: None
    """Called with the vendor that is asked."""
    on_answer: Callable[[str], None] = lambda _: None
    """Called when it has done what was asked, and is about to say so."""

    def fails(self, vendor: str, fault: Fault, *, times: int | None = 1) -> None:
        """From its next request on."""
        state = (self.stripe if vendor == "stripe" else self.ups).state
        state.fault, state.times_left, state.latency_ms = fault, times, LATE_MS

    @property
    def sources(self) -> Sequence[SourceConfig]:
        return [make_config(vendor, f"{self.url}/{vendor}") for vendor in VENDORS]

    def effects(self) -> dict[str, dict[str, int]]:
        """What was done, by kind and the client's key."""
        done: dict[str, dict[str, int]] = {}
        for source in (self.stripe, self.ups):
            assert source.effects is not None
            done |= {f"{source.key} {kind}": counts for kind, counts in source.effects.shown().items()}
        return done

    def taken_minor(self) -> tuple[int, int]:
        """By the gateway: what it took of all cards, and what it gave back."""
        account = self.stripe.app.account
        given_back = sum(each["amount"] for each in account.refunds.values() if each["status"] == "succeeded")
        return sum(each["amount_received"] for each in account.intents.values()), given_back

    def configure(self, data_dir: Path) -> None:
        """For processes that are started on that folder."""
        tables = []
        for source in self.sources:
            settings = "\n".join(f'{name} = "{value}"' for name, value in source.settings.items())
            tables.append(
                f'[sources.{source.key}]\nvendor = "{source.vendor}"\nname = "{source.name}"\n'
                f'base_url = "{source.base_url}"\n[sources.{source.key}.settings]\n{settings}\n'
            )
        data_dir.mkdir(parents=True, exist_ok=True)
        (data_dir / "sources.toml").write_text("\n".join(tables))


@asynccontextmanager
async def running_outside() -> AsyncIterator[Outside]:
    data = SandboxData(stripe={"stripe": StripeAccount()}, ups={"ups": UpsNetwork()})
    vendors = create_sandbox(data, control_token="control")
    watched = _Watched(vendors)
    sandbox = await serve_sandbox(watched)
    known = vendors.state.sources
    outside = watched.outside = Outside(sandbox.base_url, known["stripe"], known["ups"])
    try:
        yield outside
    finally:
        await close_sandbox(vendors)
        await sandbox.close()


class _Watched:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.outside: Outside | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        vendor = scope.get("path", "").split("/")[1]
        outside = self.outside
        if outside is None or vendor not in VENDORS:
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                outside.on_answer(vendor)
            await send(message)

        outside.on_request(vendor)
        await self._app(scope, receive, answer)
