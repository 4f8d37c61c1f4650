"""The demo's vendors in a process of their own, and the sources.toml of a Junction that asks them.

    DATABASE_URL=… python -m bench.customer_page.vendors FOLDER

Seeds the store, if that is not done yet, since the vendors tell the same story; then it writes FOLDER/sources.toml and
FOLDER/vendors.json, where the sandbox is and what opens its controls.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from app.cli.demo import seed_demo
from app.cli.demo_sources import demo_sources
from app.connectors.source_config import SourceConfig
from app.logs import configure_logs
from app.sandbox.app import close_sandbox, create_sandbox
from app.sandbox.server import serve_sandbox
from app.settings import Settings

TOKEN = "bench"  # noqa: S105 - of a sandbox on the loopback
SOURCES, ADDRESS = "sources.toml", "vendors.json"


async def serve(folder: Path, database_url: str) -> None:
    story, _ = await seed_demo(Settings(data_dir=folder), database_url)
    vendors = create_sandbox(story.sandbox, control_token=TOKEN)
    sandbox = await serve_sandbox(vendors)
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    (folder / SOURCES).write_text("\n".join(_tables(demo_sources(sandbox.base_url))))
    (folder / ADDRESS).write_text(json.dumps(sandbox.base_url))
    await stopped.wait()
    await close_sandbox(vendors)
    await sandbox.close()


def _tables(sources: tuple[SourceConfig, ...]) -> Iterator[str]:
    """Only what reading takes: nothing is copied or told while reads are measured."""
    for source in sources:
        yield f"[sources.{source.key}]"
        for name in ("vendor", "name", "base_url"):
            yield f"{name} = {json.dumps(getattr(source, name))}"
        for name, pairs in (("settings", source.settings), ("locations", source.locations)):
            inner = ", ".join(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in pairs.items())
            yield f"{name} = {{ {inner} }}"


if __name__ == "__main__":
    configure_logs("WARNING", "auto")
    asyncio.run(serve(Path(sys.argv[1]), os.environ["DATABASE_URL"]))
