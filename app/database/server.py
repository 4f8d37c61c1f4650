"""The embedded server: started by the first process to need it, joined by the others, stopped after the last.

Two files are locked (flock), and the kernel drops a lock with the process that held it, however that process ended.
`users.lock`: shared by every process using the server; watcher.py stops the server once nobody holds it.
`server.lock`: held by the server itself, all its processes, and whoever is about to start one. While it is taken there
is a server to join or to wait for; who gets it knows that no process of an earlier server is left. No process id is
ever believed: ids are reused, and a zombie has one.
"""

import asyncio
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from app.database.account import account_for, server_environment
from app.database.binaries import Binaries, find_binaries
from app.database.cluster import PORT, Cluster, make_folder, path_for, prepare
from app.database.errors import DatabaseUnavailable
from app.database.timeouts import CONNECT_TIMEOUT_S

START_TIMEOUT_S = 300.0  # recovery after a crash replays up to max_wal_size, 1 GB
STOP_TIMEOUT_S = 30.0
POLL_INTERVAL_S = 0.01
POLL_INTERVAL_MAX_S = 0.2

SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "cluster_name": "junction",
    "max_connections": 100,
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    is_ours: bool
    """Started by this process, rather than found running."""


@contextmanager
def use_server(folder: Path, *, durable: bool) -> Iterator[Server]:
    """A server on `folder` for as long as the block runs. Raises DatabaseUnavailable."""
    account = account_for(folder)
    try:
        cluster = make_folder(folder, account)
        # Waits here while the watcher stops a server that its last user has left.
        users_lock = _locked(folder / "users.lock", fcntl.LOCK_SH)
        try:
            server = _start_or_join(cluster, durable=durable)
        except BaseException:
            os.close(users_lock)
            raise
    except OSError as exc:
        raise DatabaseUnavailable(
            f"Postgres cannot keep its data in {folder}: {exc}; "
            "make it writable, choose another DATA_DIR, or set DATABASE_URL."
        ) from exc
    try:
        yield server
    finally:
        os.close(users_lock)
        with suppress(FileNotFoundError):  # the folder was deleted meanwhile
            if _nobody_is_left(folder):
                _wait_for_stop(folder)


def _start_or_join(cluster: Cluster, *, durable: bool) -> Server:
    started = False
    pause_s = POLL_INTERVAL_S
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        with suppress(BlockingIOError), _server_lock(cluster.folder) as server_lock:
            if started:
                raise DatabaseUnavailable(
                    f"Postgres stopped while starting on {cluster.folder}: {cluster.last_words()} (see {cluster.log})."
                )
            _start(cluster, server_lock=server_lock, durable=durable)
            started = True
        url = cluster.address()
        if url is not None and asyncio.run(_answers(url)):
            return Server(url, is_ours=started)
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.2, POLL_INTERVAL_MAX_S)
    raise DatabaseUnavailable(
        f"Postgres on {cluster.folder} is running but has not answered for {START_TIMEOUT_S:g} s; see {cluster.log}."
    )


def _start(cluster: Cluster, *, server_lock: int, durable: bool) -> None:
    binaries = find_binaries(cluster.account)
    prepare(cluster, binaries, server_lock=server_lock, durable=durable)
    # A socket's path may have 107 bytes (104 on macOS) and the account must reach it: not in the data folder.
    socket_folder = Path(tempfile.mkdtemp(prefix="junction-", dir=_temporary_folder()))
    cluster.account.own(socket_folder)
    with path_for(cluster.account, cluster.files) as (path, descriptors):
        _watch(
            cluster,
            socket_folder,
            (*descriptors, server_lock),
            _command(binaries, path, socket_folder, durable=durable),
        )


def _command(binaries: Binaries, path: str, socket_folder: Path, *, durable: bool) -> list[str]:
    settings = SETTINGS | {"unix_socket_directories": socket_folder} | ({} if durable else NOT_DURABLE)
    return [binaries.postgres, "-D", path, *(f"--{name}={value}" for name, value in settings.items())]


def _watch(cluster: Cluster, socket_folder: Path, descriptors: tuple[int, ...], command: list[str]) -> None:
    watcher = [sys.executable, "-I", "-S", str(Path(__file__).with_name("watcher.py"))]
    account = cluster.account
    arguments = [
        cluster.folder / "users.lock",
        socket_folder,
        account.uid,
        account.gid,
        ",".join(map(str, descriptors)),
    ]
    if cluster.log.exists():
        cluster.log.rename(cluster.log.with_suffix(".log.old"))
    log = os.open(cluster.log, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
    try:
        subprocess.run(  # noqa: S603 - our own program, no shell
            [*watcher, *map(str, arguments), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,  # judged by whether a server comes up
            cwd="/",
            env=server_environment(),
            pass_fds=descriptors,
            start_new_session=True,  # Ctrl-C in the terminal reaches the application alone
        )
    finally:
        os.close(log)


async def _answers(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_TIMEOUT_S)
    except asyncpg.TooManyConnectionsError:
        return True
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return False
    await connection.close(timeout=CONNECT_TIMEOUT_S)
    return True


def _nobody_is_left(folder: Path) -> bool:
    """Called after our own lock is dropped: whether the server is about to stop, or stopping."""
    with suppress(BlockingIOError):
        os.close(_locked(folder / "users.lock", fcntl.LOCK_EX | fcntl.LOCK_NB))
        return True
    with suppress(BlockingIOError):
        os.close(_locked(folder / "users.lock", fcntl.LOCK_SH | fcntl.LOCK_NB))
        return False  # others share it
    return True  # the watcher has it for itself


def _wait_for_stop(folder: Path) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while time.monotonic() < deadline:
        with suppress(BlockingIOError), _server_lock(folder):
            return
        time.sleep(POLL_INTERVAL_S)


@contextmanager
def _server_lock(folder: Path) -> Iterator[int]:
    """Raises BlockingIOError while a server has it. Processes that inherit it keep it beyond the block."""
    descriptor = _locked(folder / "server.lock", fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(path: Path, operation: int) -> int:
    # No link is followed: the folder may belong to a lesser account than ours.
    descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o644)
    try:
        fcntl.flock(descriptor, operation)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _temporary_folder() -> str:
    # Not TMPDIR first: root's own may be closed to the account, and a user's may be too long for a socket.
    return "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()  # noqa: S108 - mkdtemp makes it private
