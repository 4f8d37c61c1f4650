"""What a process and its children have used, from /proc (Linux)."""

import os
from collections.abc import Collection
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
READINGS_MAX = 20


def cpu_s(pid: int) -> float:
    """User and system time of the tree under `pid`, with that of children that have ended."""
    for _ in range(READINGS_MAX):
        before = tree(pid)
        total_s = sum(_own_cpu_s(each, with_ended=each == pid) for each in before)
        # The time of one that ends while we read is found in neither place.
        if tree(pid) == before:
            return total_s
    raise RuntimeError(f"children of {pid} come and go too fast to be counted")


def peak_rss_mb(pid: int) -> float:
    """The sum of what each process of the tree held at most."""
    return sum(_status_kb(each, "VmHWM") for each in tree(pid)) / 1024


def parent(pid: int) -> int:
    return int(_status(pid, "PPid"))


def tree(root: int) -> Collection[int]:
    """`root` and all below it. The list of a process's children that the kernel offers may lack some."""
    parents = {int(each.name): _parent(each) for each in PROC.iterdir() if each.name.isdecimal()}
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _parent(process: Path) -> int:
    try:
        return int(_fields(process)[1])
    except OSError:
        return 0


def _own_cpu_s(pid: int, *, with_ended: bool) -> float:
    try:
        times = _fields(PROC / str(pid))[11:15]
    except OSError:
        return 0.0
    return sum(map(int, times if with_ended else times[:2])) / TICKS_PER_S


def _fields(process: Path) -> list[str]:
    """Of its stat file, behind the command, which stands in parentheses and may hold blanks."""
    return (process / "stat").read_text().rpartition(")")[2].split()


def _status_kb(pid: int, name: str) -> int:
    try:
        return int(_status(pid, name).split()[0])
    except OSError:
        return 0


def _status(pid: int, name: str) -> str:
    lines = (PROC / str(pid) / "status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))
