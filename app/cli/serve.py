"""`junction serve`: the API, and with --demo a retailer and its vendors to try it on."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import click
import structlog

from app.cli import options
from app.cli.demo_file import SandboxAddress, published
from app.cli.errors import CannotRun
from app.cli.running import Stopped, run
from app.cli.sources import configured_sources
from app.cli.welcome import welcome
from app.database.open import Database, open_database
from app.http.server import serving
from app.settings import Settings
from app.wiring import Application, running_application

log = structlog.get_logger("junction.serve")


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on. [HOST, or 127.0.0.1]")
@click.option("--port", type=int, metavar="N", help="Port to listen on; 0 picks a free one. [PORT, or 8000]")
@options.data_dir
@options.database_url
@click.option("--demo", is_flag=True, help="With demo data and simulated vendors.")
def serve(host: str | None, port: int | None, data_dir: Path | None, database_url: str | None, demo: bool) -> None:
    """Serve the API until Ctrl-C or SIGTERM."""
    try:
        settings = options.prepare(host=host, port=port, data_dir=data_dir, database_url=database_url)
        # The port comes first: without it all the rest would start in vain.
        with _listening(settings.host, settings.port) as listening:
            if settings.database_url is None and not (settings.data_dir / "postgres").exists():
                log.info("making a database", folder=str(settings.data_dir / "postgres"))
            with open_database(settings.database_url, settings.data_dir) as database:
                run(_serve(settings, database, listening, is_demo=demo))
    except (KeyboardInterrupt, Stopped):
        log.info("stopped")


async def _serve(settings: Settings, database: Database, listening: socket.socket, *, is_demo: bool) -> None:
    started = _demo if is_demo else _plain
    async with (
        started(settings, database, _address(listening)) as application,
        _working(settings, database, application),
        serving(application.http, listening) as server,
    ):
        address = _address(listening)
        log.info("serving", address=address, database=database.origin, demo=is_demo)
        click.echo(welcome(address, database, is_demo=is_demo))
        # Unlike awaiting the task itself, this leaves it alone when a signal cancels us: `serving` drains it.
        await asyncio.wait({server})


@asynccontextmanager
async def _working(settings: Settings, database: Database, application: Application) -> AsyncIterator[None]:
    if not settings.worker:
        yield
        return
    # Not at the top: PgQueuer and what it brings along take 14 MB.
    from app.cli.worker import working

    async with working(settings, database.url, application.work, application.metrics.observe_job):
        yield


@asynccontextmanager
async def _plain(settings: Settings, database: Database, _: str) -> AsyncIterator[Application]:
    # A database that was given by URL is migrated by hand: others may be serving from it.
    async with running_application(
        settings, database.url, configured_sources(settings.data_dir), migrates=database.origin != "url"
    ) as application:
        yield application


@asynccontextmanager
async def _demo(settings: Settings, database: Database, address: str) -> AsyncIterator[Application]:
    # Not at the top: a server that is no demo has no use for the vendors and their story.
    from app.cli.demo import running_demo

    async with running_demo(settings, database.url, address=address) as demo:
        with published(SandboxAddress(demo.sandbox_url, demo.sandbox_token), settings.data_dir):
            yield demo.application


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family)
    except OSError as exc:
        if exc.errno == errno.EADDRINUSE:
            raise CannotRun(f"Port {port} of {host} is taken; choose another with --port or PORT (0: any).") from exc
        reason = str(exc.strerror).partition(" (while")[0]
        raise CannotRun(f"Cannot listen on port {port} of {host}: {reason}; correct HOST or PORT.") from exc
    # Inherited by every connection: an answer in two parts must not wait for the client's acknowledgment.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    if ip_address(host).is_unspecified:
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
