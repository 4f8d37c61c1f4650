"""The data folder: made once, checked for its version, and handed to a server that may not be able to walk to it.

postgres/            deleting it starts empty
    cluster/         Postgres' own files; PG_VERSION in it names the major version that wrote them
    server.log       of the latest start; server.log.old of the one before
    users.lock server.lock    see server.py
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from app.database.account import Account
from app.database.binaries import Binaries
from app.database.errors import DatabaseUnavailable

SUPERUSER = "postgres"
NOT_YET = "the database system is "  # … starting up, in recovery: said to clients that came too early
BY_DESCRIPTOR = re.compile(r"/proc/self/fd/\d+")  # see path_for
PORT = 5432  # names the socket; nothing listens on the network


@dataclass(frozen=True, slots=True)
class Cluster:
    folder: Path
    account: Account

    @property
    def files(self) -> Path:
        return self.folder / "cluster"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def address(self) -> str | None:
        """Where the latest server said it listens. It may be long gone."""
        try:
            lines = (self.files / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        socket_folder = lines[4] if len(lines) > 4 else ""
        return socket_url(socket_folder) if socket_folder else None

    def last_words(self) -> str:
        """What the log tells about why the server stopped."""
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        lines = BY_DESCRIPTOR.sub(str(self.files), text).splitlines()
        fatal = [line for line in lines if ("FATAL:" in line or "PANIC:" in line) and NOT_YET not in line]
        if fatal:
            return fatal[-1].partition("FATAL:")[2].strip() or fatal[-1]
        return " ".join(lines[-3:]) or "it left no message"


def socket_url(socket_folder: str) -> str:
    # The port is spelled out because PGPORT in a client's environment would replace a missing one.
    return f"postgresql://{SUPERUSER}@/postgres?host={quote(socket_folder)}&port={PORT}"


def make_folder(folder: Path, account: Account) -> Cluster:
    """The folder around the cluster, closed to other users."""
    folder.mkdir(parents=True, exist_ok=True)
    if folder.stat().st_uid == os.geteuid():
        folder.chmod(0o700)
        account.own(folder)
    return Cluster(folder, account)


def prepare(cluster: Cluster, binaries: Binaries, *, server_lock: int, durable: bool) -> None:
    """Initialize on first use, else check that these binaries can serve it. The caller holds the server lock."""
    if not cluster.files.exists():
        _initialize(cluster, binaries, server_lock=server_lock, durable=durable)
    try:
        written_by = (cluster.files / "PG_VERSION").read_text().strip()
    except FileNotFoundError as exc:
        raise DatabaseUnavailable(
            f"{cluster.files} holds no Postgres data; restore it from a backup, "
            f"or delete {cluster.folder} to start empty."
        ) from exc
    if written_by != str(binaries.major):
        raise DatabaseUnavailable(
            f"The data in {cluster.folder} was written by Postgres {written_by} and this is Postgres {binaries.major}; "
            f"use version {written_by}, or another DATA_DIR and import the data again."
        )
    # Left by a server that was killed. Its process id may be somebody else's by now, so Postgres would believe it.
    (cluster.files / "postmaster.pid").unlink(missing_ok=True)


@contextmanager
def path_for(account: Account, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """A path by which `account` reaches `folder`, and the descriptors its process must inherit for that.

    Folders above may be closed to the account (root's home, a private temporary folder). Root opens the folder
    instead, and on Linux /proc leads from the descriptor straight to it.
    """
    if account.is_ours or not Path("/proc/self/fd").exists():
        yield str(folder), ()
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield f"/proc/self/fd/{opened}", (opened,)
    finally:
        os.close(opened)


def _initialize(cluster: Cluster, binaries: Binaries, *, server_lock: int, durable: bool) -> None:
    unfinished = cluster.folder / "cluster.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    cluster.account.own(unfinished)
    with path_for(cluster.account, unfinished) as (path, descriptors):
        command = [binaries.initdb, f"--pgdata={path}", f"--username={SUPERUSER}", "--auth=trust", "--no-instructions"]
        command += ["--encoding=UTF8", "--locale=C", *_locale(binaries), *([] if durable else ["--no-sync"])]
        # Holding the lock too, it is waited for by the next process if we are killed meanwhile.
        result = cluster.account.run(command, keep_open=(*descriptors, server_lock))
    if result.returncode != 0:
        shutil.rmtree(unfinished)
        reason = next((line for line in result.stdout.splitlines() if "error:" in line), result.stdout.strip()[-200:])
        raise DatabaseUnavailable(f"Postgres could not be set up in {cluster.folder}: {reason}.")
    unfinished.rename(cluster.files)


def _locale(binaries: Binaries) -> list[str]:
    """Order by code point with Unicode's upper and lower case, the same on every machine."""
    # Postgres 17 brought its own locale; before it, the C library's C.UTF-8 does not exist everywhere.
    return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if binaries.major >= 17 else []
