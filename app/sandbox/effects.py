"""Counts what a sandboxed source did for each of its client's keys, so that a test can tell once from twice."""

from collections import defaultdict


class Effects:
    def __init__(self) -> None:
        self._counts: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def happened(self, kind: str, key: str) -> None:
        """A capture, say, and not merely the answer to it repeated."""
        self._counts[kind][key] = self._counts[kind].get(key, 0) + 1

    def shown(self) -> dict[str, dict[str, int]]:
        """By kind, then key."""
        return {kind: dict(counts) for kind, counts in self._counts.items()}
