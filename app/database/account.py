"""Which account the server runs under. Postgres refuses to run as root, so root starts it as somebody else."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.database.errors import DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class Account:
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        return self.uid == os.geteuid()

    def run(self, command: Sequence[str], *, keep_open: Sequence[int] = ()) -> subprocess.CompletedProcess[str]:
        """Run to its end, standard error among the output. `keep_open` are descriptors the command inherits."""
        return subprocess.run(  # noqa: S603 - our own binaries, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd="/",
            env=server_environment(),
            pass_fds=keep_open,
            user=None if self.is_ours else self.uid,
            group=None if self.is_ours else self.gid,
            extra_groups=None if self.is_ours else (),
        )

    def own(self, folder: Path) -> None:
        """Hand over a folder that we made."""
        if self.is_ours:
            return
        try:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)
        except PermissionError as exc:
            raise DatabaseUnavailable(
                f"Postgres does not run as root, and this root may not hand {folder} to another account; "
                "run Junction as an ordinary user or set DATABASE_URL."
            ) from exc


def account_for(folder: Path) -> Account:
    """Ourselves, or for root whoever owns the folder already, else its parent, else nobody."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for place in (folder, folder.parent):
        if place.exists() and _is_account(place.stat().st_uid):
            return Account(place.stat().st_uid, place.stat().st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as exc:
        raise DatabaseUnavailable(
            "Postgres does not run as root and this machine has no account called nobody; "
            "run Junction as an ordinary user or set DATABASE_URL."
        ) from exc
    return Account(nobody.pw_uid, nobody.pw_gid)


def _is_account(uid: int) -> bool:
    """An ordinary one, with a name: initdb refuses to work for a number alone."""
    try:
        return pwd.getpwuid(uid).pw_uid != 0
    except KeyError:
        return False


def server_environment() -> dict[str, str]:
    """Ours without PGDATA, PGPORT and the like, which would override what we decide; messages in English."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
