"""`junction sandbox`: serves the simulated vendors alone, or makes running ones fail, and parcels move."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import click

from app.cli import options
from app.cli.demo_file import SandboxAddress, required_sandbox
from app.cli.errors import CannotRun
from app.cli.running import Stopped, run
from app.connectors.contract import SourceFailure, SourceGarbled
from app.connectors.request import Answer, Request
from app.connectors.transport import SourceTransport
from app.database.open import open_database
from app.domain.actor import SYSTEM
from app.sandbox.faults import LATENCY_MS_DEFAULT, Fault
from app.sandbox.ups.network import Step
from app.stores.engine import open_writers
from app.stores.jobs import Job, enqueue
from app.stores.shipments import make_due
from app.workflows.shipments_track import TRACK

PORT_DEFAULT = 4_100
TIMEOUT_S = 5.0


@click.group(invoke_without_command=True)
@click.option("--port", type=click.IntRange(0, 65_535), default=PORT_DEFAULT, metavar="N", show_default=True)
@click.option("--events-to", metavar="URL", help="Send webhooks to URL/webhooks/SOURCE.")
@click.option(
    "--fault", "faults", multiple=True, metavar="SOURCE=FAULT", help="From the start; also slow:MS, throttled:S."
)
@options.data_dir
@click.pass_context
def sandbox(
    context: click.Context, port: int, events_to: str | None, faults: Sequence[str], data_dir: Path | None
) -> None:
    """Serve the simulated vendors alone, or control running ones.

    Without a command below they are served until Ctrl-C, on the loopback and without any Junction, for others to
    develop against. What they hold is the demo's.
    """
    if context.invoked_subcommand is not None:
        return
    if events_to is not None and not events_to.startswith(("https://", "http://")):
        raise click.BadParameter(f"{events_to} is no address: begin with http://.", param_hint="--events-to")
    # Not at the top: who only controls has no use for the vendors and their story.
    from app.cli.sandbox_alone import fault_from_start, serve_alone

    settings = options.prepare(data_dir=data_dir)
    from_start = [fault_from_start(each) for each in faults]
    with suppress(Stopped):
        run(serve_alone(settings.data_dir, port=port, events_to=events_to, faults=from_start))


@sandbox.command()
@click.argument("source")
@click.argument("fault", metavar="FAULT", type=click.Choice([each.value for each in Fault]))
@click.option(
    "--latency-ms", type=click.IntRange(min=0), metavar="N", help="With slow: how long an answer takes. [5000]"
)
@click.option(
    "--retry-after-s", type=click.IntRange(min=0), metavar="N", help="With throttled: how long the source asks to wait."
)
@click.option("--times", type=click.IntRange(min=1), metavar="N", help="Clear after so many requests.")
@options.data_dir
def fault(
    source: str,
    fault: str,
    latency_ms: int | None,
    retry_after_s: int | None,
    times: int | None,
    data_dir: Path | None,
) -> None:
    """Break a source of the demo, or mend it with clear.

    SOURCE is its key, such as salesforce or shopify. FAULT is one of:

    \b
    down           the connection is dropped
    slow           the right answer, late
    garbage        an answer that nobody can read
    truncated      the right answer, broken off
    mistyped       the right answer, every value of another type
    throttled      asks for patience
    expired_token  takes every access token away
    error_before   an error, and nothing was done
    error_after    an error, though it was done
    drop_after     no answer, though it was done
    timeout_after  the same, and the connection stays open
    clear          well again
    """
    if latency_ms is not None and fault != Fault.SLOW:
        raise click.BadParameter("goes with slow only", param_hint="--latency-ms")
    if retry_after_s is not None and fault != Fault.THROTTLED:
        raise click.BadParameter("goes with throttled only", param_hint="--retry-after-s")
    # The transport would log what the command is about to say itself.
    settings = options.prepare(data_dir=data_dir, log_level="CRITICAL")
    order: dict[str, str | int] = {"source": source, "fault": fault}
    if fault == Fault.SLOW:
        order["latency_ms"] = LATENCY_MS_DEFAULT if latency_ms is None else latency_ms
    if retry_after_s is not None:
        order["retry_after_s"] = retry_after_s
    if times is not None:
        order["times"] = times
    run(_send(required_sandbox(settings.data_dir), "/_control/faults", order))
    click.echo(f"{source}: {fault}" + (f", {order['latency_ms']} ms" if fault == Fault.SLOW else ""))


@sandbox.command()
@click.argument("tracking_number")
@click.argument("step", metavar="STEP", type=click.Choice([each.value for each in Step]))
@click.option("--at", type=click.DateTime(), metavar="TIME", help="When, in UTC; a time gone by comes late. [now]")
@click.option("--carrier", default="ups", metavar="SOURCE", help="The carrier's key. [ups]")
@options.data_dir
def parcel(tracking_number: str, step: str, at: datetime | None, carrier: str, data_dir: Path | None) -> None:
    """Move a parcel along, and have its carrier asked where it is.

    STEP is picked_up, in_transit, delayed, out_for_delivery, attempted, delivered, lost or returned.
    """
    settings = options.prepare(data_dir=data_dir, log_level="CRITICAL")
    order = {"step": step} | ({"at": at.replace(tzinfo=UTC).isoformat()} if at else {})
    path = f"/_control/sources/{quote(carrier, safe='')}/parcels/{quote(tracking_number, safe='')}"
    run(_send(required_sandbox(settings.data_dir), path, order))
    with open_database(settings.database_url, settings.data_dir) as database:
        run(_have_tracked(database.url, tracking_number))
    click.echo(f"{tracking_number}: {step}")


async def _have_tracked(database_url: str, tracking_number: str) -> None:
    """At once: nobody who moves a parcel by hand wants to wait until it is its turn."""
    writers = await open_writers(database_url, connections_max=1)
    try:
        async with writers.transaction(SYSTEM) as tx:
            await make_due(tx, tracking_number)
            await enqueue(tx, Job(name=TRACK, key=TRACK))
    finally:
        await writers.close()


class _Token:
    def __init__(self, token: str) -> None:
        self._token = token

    async def headers(self, *, deadline: float) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}

    def reject(self, headers: Mapping[str, str]) -> None:
        """There is no other."""


async def _send(address: SandboxAddress, path: str, order: Mapping[str, str | int]) -> None:
    transport = SourceTransport("sandbox", address.url)
    request = Request("POST", path, json=order, statuses_read=frozenset({400, 404}))
    try:
        refusal = await transport.send(
            request, _refusal, deadline=time.monotonic() + TIMEOUT_S, authorizer=_Token(address.token)
        )
    except SourceFailure as exc:
        raise CannotRun("The demo's sandbox does not answer: is junction serve --demo still running?") from exc
    finally:
        await transport.close()
    if refusal is not None:
        raise CannotRun(f"{refusal[0].upper()}{refusal[1:]}.")


def _refusal(answer: Answer) -> str | None:
    if answer.status < 400:
        return None
    try:
        return answer.decode(dict[str, str])["error"]
    except SourceGarbled:
        return "the source has no such control"
