"""Plain tables for the terminal."""

from datetime import datetime

from rich.table import Table


def table(*columns: str) -> Table:
    return Table(*columns, box=None, pad_edge=False)


def plain(text: str) -> str:
    """Brackets are Rich's markup."""
    return text.replace("[", r"\[")


def time_of(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "-"
