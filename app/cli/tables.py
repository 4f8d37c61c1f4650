"""Plain tables for the terminal."""

from datetime import datetime

from rich.table import Table


def table(*columns: str) -> Table:
    """In a narrow terminal the first column, which names the row, stays whole."""
    shown = Table(*columns, box=None, pad_edge=False)
    shown.columns[0].no_wrap = True
    return shown


def plain(text: str) -> str:
    """Brackets are Rich's markup."""
    return text.replace("[", r"\[")


def time_of(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "-"
