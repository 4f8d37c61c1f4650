"""DATA_DIR/demo.json: how another command reaches the simulated vendors that run on the folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec

from app.cli.errors import CannotRun

NAME = "demo.json"


class SandboxAddress(msgspec.Struct, frozen=True):
    url: str
    token: str
    """Opens the sandbox's controls, so only the demo's own user may read the file."""


@contextmanager
def published(address: SandboxAddress, data_dir: Path) -> Iterator[None]:
    """The file exists, and is locked, for as long as the block runs. Raises CannotRun."""
    if running := running_sandbox(data_dir):
        raise CannotRun(
            f"Vendors are simulated on {data_dir} already, at {running.url}; stop those or choose another DATA_DIR."
        )
    path = data_dir / NAME
    written = path.with_suffix(".new")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        written.unlink(missing_ok=True)
        file = os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600), "wb")
    except OSError as exc:
        raise CannotRun(
            f"Cannot write {path}: {exc.strerror}; make the folder writable or choose another DATA_DIR."
        ) from exc
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(msgspec.json.encode(address))
        file.flush()
        written.replace(path)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def running_sandbox(data_dir: Path) -> SandboxAddress | None:
    """None where nobody simulates vendors; a file without its lock was left by a process that was killed.

    Raises CannotRun.
    """
    path = data_dir / NAME
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(), type=SandboxAddress) if _is_locked(file) else None
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as exc:
        raise CannotRun(f"Cannot read {path}: {exc}.") from exc


def required_sandbox(data_dir: Path) -> SandboxAddress:
    """Raises CannotRun."""
    if running := running_sandbox(data_dir):
        return running
    raise CannotRun(f"No demo runs on {data_dir}: start one with junction serve --demo.")


def _is_locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
