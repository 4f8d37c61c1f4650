"""DATA_DIR/demo.json: how another command reaches the vendor sandbox of the running demo."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from app.cli.errors import CannotRun

NAME = "demo.json"


class SandboxAddress(msgspec.Struct, frozen=True):
    url: str
    token: str
    """Opens the sandbox's controls, so only the demo's own user may read the file."""


@contextmanager
def published(address: SandboxAddress, data_dir: Path) -> Iterator[None]:
    """The file exists for as long as the block runs. Raises CannotRun."""
    path = data_dir / NAME
    written = path.with_suffix(".new")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        written.unlink(missing_ok=True)
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode=0o600), "wb") as file:
            file.write(msgspec.json.encode(address))
        written.replace(path)
    except OSError as exc:
        raise CannotRun(
            f"Cannot write {path}: {exc.strerror}; make the folder writable or choose another DATA_DIR."
        ) from exc
    try:
        yield
    finally:
        # A second demo on the folder has put its own address there.
        if path.exists() and read_address(data_dir) == address:
            path.unlink()


def read_address(data_dir: Path) -> SandboxAddress:
    """Raises CannotRun."""
    path = data_dir / NAME
    try:
        return msgspec.json.decode(path.read_bytes(), type=SandboxAddress)
    except FileNotFoundError as exc:
        raise CannotRun(f"No demo runs on {data_dir}: start one with junction serve --demo.") from exc
    except (OSError, msgspec.DecodeError) as exc:
        raise CannotRun(f"Cannot read {path}: {exc}.") from exc
