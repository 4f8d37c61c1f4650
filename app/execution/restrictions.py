"""A condition on rows, in the three parts that a plan wants apart: what its SQL looks like, its values, and the SQL.

A plan's statement is made once for each shape; every later request only brings values. So the SQL itself is built on
demand, and what is cheap to tell, shape and values, is told without it.
"""

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement


class Restriction(NamedTuple):
    shape: Hashable
    """Equal for two restrictions of one origin whose SQL differs in nothing but values."""
    values: tuple[Any, ...]
    """Of the parameters of `sql()`, in SQLAlchemy's order."""
    sql: Callable[[], ColumnElement[bool]]


def restriction(condition: Any, given: Any) -> Restriction:
    """What `condition` makes of the value `given`: quickly where it knows how (`conditions.py`), else by its SQL."""
    quickly = getattr(condition, "restriction", None)
    return of_sql(condition(given)) if quickly is None else quickly(given)


def of_sql(clause: ColumnElement[bool]) -> Restriction:
    key = clause._generate_cache_key()  # noqa: SLF001 - SQLAlchemy's own notion of "the same but for values"
    if key is None:
        raise TypeError(f"{clause} has no shape")
    return Restriction(key.key, tuple(bind.effective_value for bind in key.bindparams), lambda: clause)
