"""What a run was measured on, in sentences."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import asyncpg

from bench import processes

SETTINGS = ("shared_buffers", "work_mem", "max_connections", "jit", "fsync", "synchronous_commit")


def machine() -> str:
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), ":?")
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores of {cpu.partition(':')[2].strip()}, {memory_gb:.0f} GB,"
        f" {platform.system()}"
    )


def packages() -> str:
    named = ", ".join(f"{name} {version(name)}" for name in ("strawberry-graphql", "asyncpg", "uvicorn"))
    return f"Python {platform.python_version()}, {named}"


async def postgres(url: str) -> tuple[str, int]:
    """A sentence on it, and the process that all its others are children of."""
    connection = await asyncpg.connect(url)
    try:
        settings = [f"{name} {await connection.fetchval(f'SHOW {name}')}" for name in SETTINGS]
        number = await connection.fetchval("SHOW server_version")
        return f"PostgreSQL {number} with {', '.join(settings)}", processes.parent(connection.get_server_pid())
    finally:
        await connection.close()
